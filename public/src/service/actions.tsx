// What an admin does to a service: check it now, diagnose it, restart it, its own actions; and what becomes of it, as it happens.
import './actions.css';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { act, type DeedName, getAction } from '../api/client';
import { useIsAdmin } from '../api/role';
import type { Action, ServiceDetail } from '../api/types';
import { t, wordFor } from '../strings';
import { look } from '../ui/address';
import { Field, FormDialog } from '../ui/form';
import { milliseconds } from '../ui/format';
import { Line } from '../ui/lines';
import { Output } from '../ui/output';
import { For } from '../ui/time';
import { Acknowledge } from './acknowledge';

/** How often an action that goes on is asked about, milliseconds; the stream tells sooner. */
const ASK_MS = 1000;

interface Wanted {
  deed: DeedName;
  title: string;
  /** Destructive: the name has to be typed. */
  confirm: boolean;
}

function wantedOf(detail: ServiceDetail): Wanted[] {
  const own = Object.entries(detail.actions ?? {}).map(([name, deed]) => ({
    deed: `action/${name}` as const,
    title: deed.title ?? name,
    confirm: deed.confirm ?? false,
  }));
  return [
    { deed: 'recheck', title: t.actionNames.recheck, confirm: false },
    { deed: 'diagnose', title: t.actionNames.diagnose, confirm: false },
    ...own,
    ...(detail.can?.restart ? [{ deed: 'restart' as const, title: t.actionNames.restart, confirm: true }] : []),
  ];
}

export function hasEnded(action: Pick<Action, 'state'>): boolean {
  return action.state === 'done' || action.state === 'failed';
}

function Confirm({
  wanted,
  detail,
  onDo,
  onClose,
}: {
  wanted: Wanted;
  detail: ServiceDetail;
  onDo: (force: boolean) => void;
  onClose: () => void;
}) {
  const [typed, setTyped] = useState('');
  const [force, setForce] = useState(false);
  const name = detail.service_name;
  return (
    <FormDialog
      title={t.actions.confirmTitle(wanted.title, detail.title)}
      submit={wanted.title}
      grave
      ready={typed === name}
      onSubmit={() => onDo(force)}
      onClose={onClose}
    >
      <p>{t.actions.confirmText}</p>
      {wanted.deed === 'restart' && detail.restarts && (
        <p className="quiet">{t.actions.history(detail.restarts.times, detail.restarts.helped)}</p>
      )}
      <Field
        label={
          <>
            {t.actions.confirmType} <code>{name}</code>
          </>
        }
      >
        <input
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
        />
      </Field>
      {wanted.deed === 'restart' && (
        <label className="check">
          <input type="checkbox" checked={force} onChange={(event) => setForce(event.target.checked)} />
          {t.actions.force}
        </label>
      )}
    </FormDialog>
  );
}

function stateOf(action: Pick<Action, 'state' | 'outcome' | 'error'>): string {
  if (action.state === 'watching') return t.actions.watching;
  if (!hasEnded(action)) return t.actions.running;
  if (action.error) return t.actions.failed;
  return (action.outcome && t.outcomes[action.outcome]) || t.actions.done;
}

/** One action: how far it is, what came of it. */
function Progress({ first, onClose }: { first: Action; onClose: () => void }) {
  const client = useQueryClient();
  const { data: action = first } = useQuery({
    queryKey: ['action', first.id],
    queryFn: async ({ signal }) => {
      const now = await getAction(first.id, signal);
      if (hasEnded(now)) void client.invalidateQueries({ queryKey: ['service', now.service_name] });
      return now;
    },
    initialData: first,
    refetchInterval: (asked) => (asked.state.data && hasEnded(asked.state.data) ? false : ASK_MS),
  });
  const title = wordFor(t.actionNames, action.action);
  const bad = action.state === 'failed' || action.outcome === 'did_not_help' || action.outcome === 'failed';
  return (
    <div className={`action ${hasEnded(action) ? (bad ? 'action-bad' : 'action-good') : 'action-on'}`} role="status">
      <p className="action-head">
        <b>
          {title}: {stateOf(action)}
        </b>
        <span className="quiet">
          {hasEnded(action) ? (
            action.duration_ms !== null && milliseconds(action.duration_ms)
          ) : (
            <For since={action.requested_at} />
          )}
        </span>
        <button type="button" className="button small" onClick={onClose}>
          {t.close}
        </button>
      </p>
      {action.helped_after_ms !== null && <p>{t.actions.helpedAfter(milliseconds(action.helped_after_ms))}</p>}
      {action.error && <p className="notice-text">{action.error}</p>}
      {action.history && action.history.times > 0 && (
        <p className="quiet">{t.actions.history(action.history.times, action.history.helped)}</p>
      )}
      <Output value={action.output} />
    </div>
  );
}

export function Actions({ detail }: { detail: ServiceDetail }) {
  const isAdmin = useIsAdmin();
  const client = useQueryClient();
  const [confirming, setConfirming] = useState<Wanted | null>(null);
  const doing = useMutation({
    mutationFn: ({ wanted, force }: { wanted: Wanted; force: boolean }) =>
      act(detail.service_name, wanted.deed, {
        ...(wanted.confirm && { confirm: detail.service_name }),
        ...(force && { force }),
      }),
    onSettled: () => void client.invalidateQueries({ queryKey: ['service', detail.service_name] }),
  });
  if (!isAdmin) return null;
  const start = (wanted: Wanted, force = false) => {
    setConfirming(null);
    doing.mutate({ wanted, force });
  };
  return (
    <section className="panel-section" aria-label={t.actions.title}>
      <div className="actions">
        {wantedOf(detail).map((wanted) => (
          <button
            key={wanted.deed}
            type="button"
            className={wanted.deed === 'restart' ? 'button danger-quiet' : 'button'}
            disabled={doing.isPending}
            onClick={() => (wanted.confirm ? setConfirming(wanted) : start(wanted))}
          >
            {wanted.title}
          </button>
        ))}
        {detail.can?.logs && (
          <button type="button" className="button" onClick={() => look({ view: 'logs' })}>
            {t.actionNames.logs}
          </button>
        )}
        <Acknowledge detail={detail} />
      </div>
      {doing.isPending && <p className="quiet">{t.actions.asked}</p>}
      {doing.error && (
        <p className="notice notice-bad" role="alert">
          {doing.error.message}
        </p>
      )}
      {doing.data && <Progress key={doing.data.id} first={doing.data} onClose={doing.reset} />}
      {confirming && (
        <Confirm
          wanted={confirming}
          detail={detail}
          onDo={(force) => start(confirming, force)}
          onClose={() => setConfirming(null)}
        />
      )}
    </section>
  );
}

/** What was done, and what came of it. */
export function ActionLine({
  action,
}: {
  action: Pick<Action, 'requested_at' | 'by' | 'action' | 'state' | 'outcome' | 'error'>;
}) {
  return (
    <Line at={action.requested_at} who={action.by}>
      {wordFor(t.actionNames, action.action)}, {stateOf(action)}
      {action.error && <span className="quiet">: {action.error}</span>}
    </Line>
  );
}
