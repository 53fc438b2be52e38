// One window of the past and what is known of it: how it began and ended, what was measured before and after, who was told, what was done.
import './incident.css';
import type { Incident } from '../api/types';
import { useOverview } from '../health/overview';
import { ActionLine } from '../service/actions';
import { Checks } from '../service/checks';
import { t } from '../strings';
import { leave, type Place, serviceHref } from '../ui/address';
import { Dialog } from '../ui/dialog';
import { exactDuration, milliseconds, number } from '../ui/format';
import { Lamp } from '../ui/lamp';
import { AlertLine, AuditLine } from '../ui/lines';
import { Output } from '../ui/output';
import { At, For } from '../ui/time';
import { useIncident } from './story';

function Times({ incident }: { incident: Incident }) {
  const { started_at, ended_at, duration_seconds } = incident;
  return (
    <p className="incident-times">
      <span>
        <At at={started_at} seconds /> – {ended_at ? <At at={ended_at} seconds /> : t.incident.ongoing}
      </span>
      <b>{duration_seconds === null ? <For since={started_at} /> : exactDuration(duration_seconds)}</b>
    </p>
  );
}

function Measured({ incident }: { incident: Incident }) {
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
function Evidence({ incident }: { incident: Incident }) {
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

function Told({ incident, titles }: { incident: Incident; titles: Map<string, string> }) {
  const { alerts, actions, audit, depends_on } = incident;
  return (
    <>
      {depends_on && depends_on.length > 0 && (
        <section className="panel-section">
          <h3>{t.incident.dependsOn}</h3>
          <ul className="lines">
            {depends_on.map((one) => (
              <li key={one.service_name}>
                <Lamp light={one.status ?? 'no-data'} />
                <a className="text-link" href={serviceHref(one.service_name)}>
                  {titles.get(one.service_name) ?? one.service_name}
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
            <ul className="lines">
              {alerts.map((one) => (
                <AlertLine key={one.id} alert={one} />
              ))}
            </ul>
          )}
        </section>
      )}
      {((actions && actions.length > 0) || (audit && audit.length > 0)) && (
        <section className="panel-section">
          <h3>{t.incident.done}</h3>
          <ul className="lines">
            {actions?.map((one) => (
              <ActionLine key={`action ${one.id}`} action={one} />
            ))}
            {audit?.map((one) => (
              <AuditLine key={`audit ${one.id}`} entry={one} />
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
  const titles = new Map(overview?.services.map((one) => [one.service_name, one.title]));
  const title = titles.get(name ?? '') ?? name ?? t.incident.title;
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
          <Told incident={incident} titles={titles} />
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
