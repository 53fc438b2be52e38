// What was done to a service and told about it lately.
import { useQuery } from '@tanstack/react-query';
import { getActions, getAudit, getDeliveries } from '../api/client';
import { nextAskMs, refreshInterval } from '../health/refresh';
import { t } from '../strings';
import { pageHref } from '../ui/address';
import { AlertLine, AuditLine } from '../ui/lines';
import { ActionLine } from './actions';

const SHOWN = '5';

export function Activity({ name }: { name: string }) {
  const intervalS = refreshInterval.use();
  const { data, error } = useQuery({
    queryKey: ['service', name, 'activity'],
    queryFn: async ({ signal }) => {
      const [{ actions }, { deliveries }, { entries }] = await Promise.all([
        getActions({ service: name, limit: SHOWN }, signal),
        getDeliveries({ service: name, limit: SHOWN }, signal),
        getAudit({ subject: name, limit: SHOWN }, signal),
      ]);
      return { actions, deliveries, entries };
    },
    refetchInterval: (asked) => nextAskMs(intervalS, asked.state.status === 'error'),
  });
  if (error && !data) return <p className="notice">{t.tryingAgain(error.message)}</p>;
  if (!data) return null;
  const { actions, deliveries, entries } = data;
  return (
    <>
      <section className="panel-section">
        <h3>{t.activity.alerts}</h3>
        {deliveries.length === 0 && <p className="quiet">{t.activity.noAlerts}</p>}
        <ul className="lines">
          {deliveries.map((one) => (
            <AlertLine key={one.id} alert={one} />
          ))}
        </ul>
      </section>
      {actions.length > 0 && (
        <section className="panel-section">
          <h3>{t.activity.actions}</h3>
          <ul className="lines">
            {actions.map((one) => (
              <ActionLine key={one.id} action={one} />
            ))}
          </ul>
        </section>
      )}
      {entries.length > 0 && (
        <section className="panel-section">
          <h3>{t.activity.audit}</h3>
          <ul className="lines">
            {entries.map((one) => (
              <AuditLine key={one.id} entry={one} />
            ))}
          </ul>
          <p>
            <a className="text-link" href={pageHref('audit', { subject: name })}>
              {t.activity.more}
            </a>
          </p>
        </section>
      )}
    </>
  );
}
