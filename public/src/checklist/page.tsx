// The startup checklist: what holds the gate, what is wrong with it and what to do, and the way past it in one's own name.
import './checklist.css';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { getChecklist, liftOverride, runChecklist } from '../api/client';
import { useIsAdmin } from '../api/role';
import type { Checklist, ChecklistItem } from '../api/types';
import { nextAskMs, refreshInterval } from '../health/refresh';
import { t } from '../strings';
import { milliseconds } from '../ui/format';
import { LampIcon } from '../ui/lamp';
import { PageHead } from '../ui/page-head';
import { Ago, At, For } from '../ui/time';
import { OverrideDialog } from './override';

/** While something is still running, milliseconds. */
const SOON_MS = 2000;

type State = ChecklistItem['state'];
const RANK: Record<State, number> = { failed: 0, pending: 1, running: 1, overridden: 2, passed: 3 };

/** What is failed and required first, then what else is failed, what is not known yet, what is let pass, what is well. Pure. */
export function inOrder(items: readonly ChecklistItem[]): ChecklistItem[] {
  return [...items].sort((a, b) => RANK[a.state] - RANK[b.state] || Number(b.required) - Number(a.required));
}

/** When a failing check closes a gate that is still open; null: it does not, or has. Pure. */
export function closesAtOf(item: ChecklistItem): string | null {
  if (!item.required || item.state !== 'failed' || item.blocking || !item.failing_since) return null;
  return new Date(Date.parse(item.failing_since) + item.grace_ms).toISOString();
}

/** It has a state, and is being looked at again: after "run all now", or when its time has come. Pure. */
export function isRunningAgain(item: ChecklistItem): boolean {
  return item.running && item.state !== 'running' && item.state !== 'pending';
}

function Mark({ state }: { state: State }) {
  if (state === 'pending' || state === 'running') return <span className="spinner" aria-hidden="true" />;
  return <LampIcon light={state === 'passed' ? 'healthy' : state === 'failed' ? 'down' : 'degraded'} />;
}

function Item({ item }: { item: ChecklistItem }) {
  const isAdmin = useIsAdmin();
  const client = useQueryClient();
  const [overriding, setOverriding] = useState(false);
  const lift = useMutation({
    mutationFn: () => liftOverride(item.name),
    onSettled: () => void client.invalidateQueries({ queryKey: ['checklist'] }),
  });
  const grave = item.state === 'failed' && item.required;
  const closesAt = closesAtOf(item);
  const again = isRunningAgain(item);
  return (
    <li
      className={`item item-${item.state}${grave ? ' item-grave' : ''}`}
      aria-busy={again || item.state === 'running' || item.state === 'pending'}
    >
      <Mark state={item.state} />
      <div className="item-body">
        <p className="item-title">
          <b>{item.title}</b>
          <span className={item.required ? 'tag tag-required' : 'tag'}>
            {item.required ? t.checklist.required : t.checklist.optional}
          </span>
          <span className="item-end">
            {again && (
              <span className="item-again">
                <span className="spinner" aria-hidden="true" />
                {t.checklist.states.running}
              </span>
            )}
            <span className={`item-state item-state-${item.state}`}>{t.checklist.states[item.state]}</span>
          </span>
        </p>
        {item.error && item.state !== 'passed' && <p className="item-error">{item.error}</p>}
        {item.help && item.state === 'failed' && <p className="item-help">{item.help}</p>}
        {item.override && (
          <p className="item-override">
            {t.checklist.overriddenBy(item.override.by)}: {item.override.reason}{' '}
            <span className="quiet">
              {t.checklist.until} <At at={item.override.expires_at} />
            </span>
          </p>
        )}
        <p className="item-facts quiet">
          {item.checked_at ? <Ago at={item.checked_at} /> : t.never}
          {item.latency_ms != null && <span>{milliseconds(item.latency_ms)}</span>}
          {item.failing_since && (
            <span>
              {t.checklist.failingFor} <For since={item.failing_since} />
            </span>
          )}
          {closesAt && (
            <strong>
              {t.checklist.closesAt} <At at={closesAt} seconds />
            </strong>
          )}
        </p>
        {lift.error && <p className="notice notice-bad">{lift.error.message}</p>}
      </div>
      {isAdmin && item.override && (
        <button type="button" className="button" disabled={lift.isPending} onClick={() => lift.mutate()}>
          {t.checklist.lift}
        </button>
      )}
      {isAdmin && !item.override && item.state !== 'passed' && (
        <button
          type="button"
          className={item.required ? 'button danger-quiet' : 'button'}
          onClick={() => setOverriding(true)}
        >
          {t.checklist.override}
        </button>
      )}
      {overriding && <OverrideDialog item={item} onClose={() => setOverriding(false)} />}
    </li>
  );
}

function Gate({ checklist }: { checklist: Checklist }) {
  const { gate } = checklist;
  const open = checklist.ready;
  const inGrace = open && checklist.checks.some((item) => closesAtOf(item) !== null);
  return (
    <section className={open ? 'gate-state gate-state-open' : 'gate-state gate-state-closed'}>
      <svg viewBox="0 0 56 40" aria-hidden="true" focusable="false">
        <path className="post" d="M12 4v32" />
        <path className="arm" d={open ? 'M12 24 42 6' : 'M12 20h38'} />
      </svg>
      <div>
        <h2>{open ? t.checklist.open : t.checklist.closed}</h2>
        <p>
          {inGrace ? t.checklist.inGrace : gate.reason}{' '}
          {gate.since && (
            <span className="quiet">
              {t.checklist.since} <At at={gate.since} />
            </span>
          )}
        </p>
      </div>
    </section>
  );
}

function History({ history }: { history: Checklist['history'] }) {
  if (history.length === 0) return null;
  return (
    <section className="panel-section">
      <h2 className="group-head">{t.checklist.history}</h2>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t.checklist.when}</th>
            <th scope="col">{t.checklist.flag}</th>
            <th scope="col">{t.checklist.why}</th>
            <th scope="col">{t.checklist.by}</th>
          </tr>
        </thead>
        <tbody>
          {history.map((one) => (
            <tr key={one.at}>
              <td>
                <At at={one.at} seconds />
              </td>
              <td>
                <span className={one.ready ? 'status status-healthy' : 'status status-down'}>
                  <LampIcon light={one.ready ? 'healthy' : 'down'} />
                  {one.ready ? t.checklist.opened : t.checklist.shut}
                </span>
              </td>
              <td>{one.reason}</td>
              <td>{one.actor}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

export default function ChecklistPage() {
  const isAdmin = useIsAdmin();
  const client = useQueryClient();
  const intervalS = refreshInterval.use();
  const { data, error } = useQuery({
    queryKey: ['checklist'],
    queryFn: ({ signal }) => getChecklist(signal),
    refetchInterval: (asked) =>
      asked.state.data?.checks.some((one) => one.running || one.state === 'running' || one.state === 'pending')
        ? SOON_MS
        : nextAskMs(intervalS, asked.state.status === 'error'),
  });
  const run = useMutation({
    mutationFn: runChecklist,
    onSettled: () => void client.invalidateQueries({ queryKey: ['checklist'] }),
  });
  return (
    <>
      <PageHead title={t.checklist.title} lead={t.checklist.lead}>
        {isAdmin && (
          <button type="button" className="button" disabled={run.isPending} onClick={() => run.mutate()}>
            {t.checklist.run}
          </button>
        )}
      </PageHead>
      {error && <p className="notice notice-bad">{t.tryingAgain(error.message)}</p>}
      {run.error && <p className="notice notice-bad">{run.error.message}</p>}
      {!data && !error && <p className="page-waiting quiet">{t.loading}</p>}
      {data && (
        <>
          <Gate checklist={data} />
          {data.checks.length === 0 ? (
            <p className="none-found">{t.checklist.none}</p>
          ) : (
            <ul className="items">
              {inOrder(data.checks).map((item) => (
                <Item key={item.name} item={item} />
              ))}
            </ul>
          )}
          <History history={data.history} />
        </>
      )}
    </>
  );
}
