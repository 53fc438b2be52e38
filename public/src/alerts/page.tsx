// Who is told: the channels and whether they are proven, what is set for each service, what was told and became of it, and when nobody is told.
import './alerts.css';
import { useQuery } from '@tanstack/react-query';
import { getAlerts } from '../api/client';
import { nextAskMs, refreshInterval } from '../health/refresh';
import { t } from '../strings';
import { look, type Place } from '../ui/address';
import { PageHead } from '../ui/page-head';
import { Channels } from './channels';
import { Configs } from './configs';
import { Deliveries } from './deliveries';
import { Maintenance } from './maintenance';

const VIEWS = ['settings', 'deliveries', 'maintenance'] as const;
type View = (typeof VIEWS)[number];

export default function AlertsPage({ place }: { place: Place }) {
  const view: View = VIEWS.find((one) => one === place.query.get('view')) ?? 'settings';
  const intervalS = refreshInterval.use();
  const { data, error } = useQuery({
    queryKey: ['alerts'],
    queryFn: ({ signal }) => getAlerts(signal),
    refetchInterval: (asked) => nextAskMs(intervalS, asked.state.status === 'error'),
  });
  return (
    <>
      <PageHead title={t.alerts.title} lead={t.alerts.lead}>
        <fieldset className="choices">
          <legend className="sr-only">{t.alerts.view}</legend>
          {VIEWS.map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={one === view}
              onClick={() => look({ view: one === 'settings' ? null : one })}
            >
              {t.alerts.views[one]}
            </button>
          ))}
        </fieldset>
      </PageHead>
      {error && <p className="notice notice-bad">{t.tryingAgain(error.message)}</p>}
      {!data && !error && <p className="page-waiting quiet">{t.loading}</p>}
      {view === 'settings' && data && (
        <>
          <Channels channels={data.channels} services={data.alerts.map((one) => one.service_name)} />
          <Configs
            alerts={data.alerts}
            channels={data.channels}
            open={place.item}
            find={place.query.get('find') ?? ''}
          />
        </>
      )}
      {view === 'deliveries' && <Deliveries place={place} channels={data?.channels ?? []} />}
      {view === 'maintenance' && <Maintenance />}
    </>
  );
}
