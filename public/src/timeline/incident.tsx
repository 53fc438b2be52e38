// One window of the past and what is known of it: how it began and ended, what was measured before and after, who was told, what was done.
import './incident.css';
import { useOverview } from '../health/overview';
import { Checks } from '../service/checks';
import { t, wordFor } from '../strings';
import { leave, type Place, serviceHref } from '../ui/address';
import { Dialog } from '../ui/dialog';
import { exactDuration, milliseconds, number } from '../ui/format';
import { Lamp } from '../ui/lamp';
import { Output } from '../ui/output';
import { At, For } from '../ui/time';
import { type Story, useIncident } from './story';

function Times({ incident }: { incident: Story }) {
  const { started_at, ended_at, duration_seconds } = incident;
  return (
    <p className="incident-times">
      <At at={started_at} seconds /> – {ended_at ? <At at={ended_at} seconds /> : t.incident.ongoing}
      <b>{duration_seconds === null ? <For since={started_at} /> : exactDuration(duration_seconds)}</b>
    </p>
  );
}

function Measured({ incident }: { incident: Story }) {
  const { before, after } = incident;
  if (!before && !after) return null;
  const names = [...new Set([...Object.keys(before?.measures ?? {}), ...Object.keys(after?.measures ?? {})])];
  const say = (value: unknown) =>
    value === undefined || value === null ? t.nothing : typeof value === 'number' ? number(value) : String(value);
  return (
    <section className="panel-section">
      <h3>{t.incident.measured}</h3>
      <table className="table">
        <thead>
          <tr>
            <td />
            <th scope="col">{t.incident.before}</th>
            <th scope="col">{t.incident.after}</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">{t.detail.result}</th>
            {[before, after].map((side, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: two sides
              <td key={i} data-label={i ? t.incident.after : t.incident.before}>
                {side ? (
                  <>
                    <Lamp light={side.status ?? 'no-data'} /> <At at={side.checked_at} seconds />
                  </>
                ) : (
                  t.nothing
                )}
              </td>
            ))}
          </tr>
          <tr>
            <th scope="row">{t.detail.latency}</th>
            {[before, after].map((side, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: two sides
              <td key={i} data-label={i ? t.incident.after : t.incident.before}>
                {side?.latency_ms == null ? t.nothing : milliseconds(side.latency_ms)}
              </td>
            ))}
          </tr>
          {names.map((name) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td data-label={t.incident.before}>{say(before?.measures?.[name])}</td>
              <td data-label={t.incident.after}>{say(after?.measures?.[name])}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** What had been looked into when it began: the diagnosis, the last lines of the log. */
function Evidence({ incident }: { incident: Story }) {
  const { diagnosis, logs } = incident;
  return (
    <>
      {diagnosis && (
        <section className="panel-section">
          <h3>
            {t.incident.diagnosis}{' '}
            <span className="quiet">
              <At at={diagnosis.at} seconds />
            </span>
          </h3>
          {diagnosis.error ? (
            <p className="notice notice-bad">{diagnosis.error}</p>
          ) : (
            <Output value={diagnosis.output} />
          )}
        </section>
      )}
      {logs && (
        <section className="panel-section">
          <h3>
            {t.incident.logs}{' '}
            <span className="quiet">
              <At at={logs.at} seconds />
            </span>
          </h3>
          {logs.error ? (
            <p className="notice notice-bad">{logs.error}</p>
          ) : (
            <pre className="output">{logs.lines.join('\n')}</pre>
          )}
        </section>
      )}
    </>
  );
}

function Told({ incident }: { incident: Story }) {
  const { alerts, actions, audit, depends_on } = incident;
  return (
    <>
      {depends_on && depends_on.length > 0 && (
        <section className="panel-section">
          <h3>{t.incident.dependsOn}</h3>
          <ul className="incident-list">
            {depends_on.map((one) => (
              <li key={one.service_name}>
                <Lamp light={one.status ?? 'no-data'} />
                <a className="text-link" href={serviceHref(one.service_name)}>
                  {one.service_name}
                </a>
              </li>
            ))}
          </ul>
        </section>
      )}
      {alerts && (
        <section className="panel-section">
          <h3>{t.incident.alerts}</h3>
          {alerts.length === 0 ? (
            <p className="quiet">{t.incident.nobodyTold}</p>
          ) : (
            <ul className="incident-list">
              {alerts.map((one) => (
                <li key={one.id}>
                  <At at={one.delivered_at ?? one.due_at} seconds />
                  <b>{one.channel}</b>
                  <span>
                    {wordFor(t.events, one.event)}, {wordFor(t.deliveryStates, one.state)}
                    {one.reason && <span className="quiet">: {one.reason}</span>}
                  </span>
                </li>
              ))}
            </ul>
          )}
        </section>
      )}
      {((actions && actions.length > 0) || (audit && audit.length > 0)) && (
        <section className="panel-section">
          <h3>{t.incident.done}</h3>
          <ul className="incident-list">
            {actions?.map((one) => (
              <li key={`action ${one.id}`}>
                <At at={one.requested_at} seconds />
                <b>{one.by}</b>
                <span>
                  {wordFor(t.actionNames, one.action)}
                  {one.outcome && `, ${wordFor(t.outcomes, one.outcome)}`}
                </span>
              </li>
            ))}
            {audit?.map((one) => (
              <li key={`audit ${one.id}`}>
                <At at={one.at} seconds />
                <b>{one.actor}</b>
                <span>
                  {one.action} <span className="quiet">{one.outcome}</span>
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

export default function IncidentDialog({ id, place }: { id: string; place: Place }) {
  const { data: incident, error } = useIncident(id);
  const { overview } = useOverview();
  const name = incident?.service_name ?? place.query.get('service');
  const title = overview?.services.find((one) => one.service_name === name)?.title ?? name ?? t.incident.title;
  return (
    <Dialog
      kind="panel"
      lead={t.incident.title}
      title={name ? <a href={serviceHref(name)}>{title}</a> : title}
      aside={incident && <Lamp light={incident.status} />}
      onClose={leave}
    >
      {error && <p className="notice notice-bad">{error.message}</p>}
      {!incident && !error && <p className="quiet">{t.loading}</p>}
      {incident && (
        <>
          <Times incident={incident} />
          <Measured incident={incident} />
          <Evidence incident={incident} />
          <Told incident={incident} />
          <Checks
            checks={incident.checks}
            title={t.incident.checks}
            more={false}
            loading={false}
            onMore={() => undefined}
          />
        </>
      )}
    </Dialog>
  );
}
