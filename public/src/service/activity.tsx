// What was done to a service and told about it lately.
import { useQuery } from '@tanstack/react-query';
import { getActions, getAudit, getDeliveries } from '../api/client';
import { nextAskMs, refreshInterval } from '../health/refresh';
import { t, wordFor } from '../strings';
import { pageHref } from '../ui/address';
import { At } from '../ui/time';
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
        <ul className="activity">
          {deliveries.map((one) => (
            <li key={one.id}>
              <At at={one.delivered_at ?? one.created_at} seconds />
              <b>{one.channel}</b>
              <span>
                {wordFor(t.events, one.event)}, {wordFor(t.deliveryStates, one.state)}
                {one.reason && <span className="quiet">: {one.reason}</span>}
              </span>
            </li>
          ))}
        </ul>
      </section>
      {actions.length > 0 && (
        <section className="panel-section">
          <h3>{t.activity.actions}</h3>
          <ul className="activity">
            {actions.map((one) => (
              <ActionLine key={one.id} action={one} />
            ))}
          </ul>
        </section>
      )}
      {entries.length > 0 && (
        <section className="panel-section">
          <h3>{t.activity.audit}</h3>
          <ul className="activity">
            {entries.map((one) => (
              <li key={one.id}>
                <At at={one.at} seconds />
                <b>{one.actor}</b>
                <span>
                  {one.action} <span className="quiet">{one.outcome}</span>
                </span>
              </li>
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
