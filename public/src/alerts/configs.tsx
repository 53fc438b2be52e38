// What is set for each service, a row each; one of them opens to be changed.
import { useIsAdmin } from '../api/role';
import type { AlertConfig, Channel } from '../api/types';
import { useOverview } from '../health/overview';
import { SearchBox } from '../shell/search-box';
import { t } from '../strings';
import { alertsHref, go, look, pageHref } from '../ui/address';
import { channelTitle } from '../ui/channel-title';
import { shortDuration } from '../ui/format';
import { ConfigDialog } from './config-dialog';

/** From so many services on one looks for them. */
const SEARCH_FROM = 12;

export function Configs({
  alerts,
  channels,
  open,
  find,
}: {
  alerts: readonly AlertConfig[];
  channels: readonly Channel[];
  open: string | null;
  /** Only services whose title or name has that in it. */
  find: string;
}) {
  const isAdmin = useIsAdmin();
  const { overview } = useOverview();
  const titles = new Map(overview?.services.map((one) => [one.service_name, one.title]));
  const shown = alerts.filter((one) =>
    `${titles.get(one.service_name) ?? ''}\n${one.service_name}`.toLowerCase().includes(find.toLowerCase()),
  );
  const opened = alerts.find((one) => one.service_name === open);
  return (
    <section aria-labelledby="configs-title">
      <div className="section-head">
        <h2 id="configs-title" className="group-head">
          {t.alerts.perService}
        </h2>
        {(alerts.length > SEARCH_FROM || find !== '') && (
          <SearchBox text={find} onText={(next) => look({ find: next || null })} />
        )}
      </div>
      {shown.length === 0 && alerts.length > 0 && <p className="none-found">{t.grid.noneFound}</p>}
      <div className="sheet">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{t.alerts.service}</th>
              <th scope="col">{t.alerts.told}</th>
              <th scope="col">{t.alerts.after}</th>
              <th scope="col">{t.alerts.reminder}</th>
              {isAdmin && (
                <th scope="col">
                  <span className="sr-only">{t.alerts.change}</span>
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {shown.map((one) => {
              const title = titles.get(one.service_name) ?? one.service_name;
              return (
                <tr key={one.service_name} className={one.enabled ? undefined : 'off'}>
                  <th scope="row">{title}</th>
                  <td data-label={t.alerts.told}>
                    {one.enabled
                      ? one.notification_channels.map((name) => channelTitle(name, channels)).join(', ') || t.nothing
                      : t.alerts.off}
                    {one.enabled && one.webhook_url && <span className="quiet">, {t.alerts.webhook}</span>}
                  </td>
                  <td data-label={t.alerts.after}>{shortDuration(one.escalation_delay_seconds)}</td>
                  <td data-label={t.alerts.reminder}>
                    {one.reminder_interval_seconds > 0
                      ? shortDuration(one.reminder_interval_seconds)
                      : t.alerts.noReminder}
                  </td>
                  {isAdmin && (
                    <td className="right">
                      <a
                        className="button small"
                        href={alertsHref(one.service_name)}
                        aria-label={`${t.alerts.change}: ${title}`}
                      >
                        {t.alerts.change}
                      </a>
                    </td>
                  )}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {isAdmin && opened && (
        <ConfigDialog
          key={opened.service_name}
          config={opened}
          channels={channels}
          title={titles.get(opened.service_name) ?? opened.service_name}
          onClose={() => go(pageHref('alerts'))}
        />
      )}
    </section>
  );
}
