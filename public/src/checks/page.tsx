// Which files of checks are loaded, what they declare, what is wrong with them, and which scripts rest because they ended their runners.
import './checks.css';
import { useQuery } from '@tanstack/react-query';
import { getCheckFiles } from '../api/client';
import type { CheckFiles, Quarantine } from '../api/types';
import { useOverview } from '../health/overview';
import { nextAskMs, refreshInterval } from '../health/refresh';
import { t } from '../strings';
import { serviceHref } from '../ui/address';
import { LampIcon } from '../ui/lamp';
import { PageHead } from '../ui/page-head';
import { At } from '../ui/time';

function File({ file, titles }: { file: CheckFiles['files'][number]; titles: Map<string, string> }) {
  return (
    <li className={file.error ? 'file file-broken' : 'file'}>
      <LampIcon light={file.error ? 'down' : 'healthy'} />
      <div>
        <p className="file-name">
          <code>{file.file}</code>
          {file.version && <span className="quiet">{file.version.slice(0, 8)}</span>}
          <span className="file-state">{file.error ? t.checks.broken : t.checks.loaded}</span>
        </p>
        {file.error && <pre className="output">{file.error}</pre>}
        {file.error && file.services.length > 0 && <p className="quiet">{t.checks.lastGood}</p>}
        {file.services.length > 0 && (
          <ul className="file-items">
            {file.services.map((name) => (
              <li key={name}>
                <a className="text-link" href={serviceHref(name)}>
                  {titles.get(name) ?? name}
                </a>
              </li>
            ))}
          </ul>
        )}
        {file.preflights.length > 0 && <p className="quiet">{t.checks.preflights(file.preflights.join(', '))}</p>}
        {file.channels.length > 0 && <p className="quiet">{t.checks.channels(file.channels.join(', '))}</p>}
      </div>
    </li>
  );
}

function Resting({ services, titles }: { services: Map<string, Quarantine>; titles: Map<string, string> }) {
  if (services.size === 0) return null;
  return (
    <section className="notice notice-bad quarantine" aria-label={t.checks.quarantined}>
      <h2>{t.checks.quarantined}</h2>
      <ul>
        {[...services].map(([name, one]) => (
          <li key={name}>
            <a className="text-link" href={serviceHref(name)}>
              {titles.get(name) ?? name}
            </a>
            : {t.remarks.quarantine(one.times)} <At at={one.until} seconds />.
            {one.why && <p className="quiet">{one.why}</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}

export default function ChecksPage() {
  const { overview } = useOverview();
  const intervalS = refreshInterval.use();
  const { data, error } = useQuery({
    queryKey: ['check-files'],
    queryFn: ({ signal }) => getCheckFiles(signal),
    refetchInterval: (asked) => nextAskMs(intervalS, asked.state.status === 'error'),
  });
  const titles = new Map(overview?.services.map((one) => [one.service_name, one.title]));
  const resting = new Map(
    overview?.services.flatMap((one) => (one.quarantine ? [[one.service_name, one.quarantine] as const] : [])),
  );
  const broken = data?.files.filter((file) => file.error).length ?? 0;
  return (
    <>
      <PageHead title={t.checks.title} lead={data ? t.checks.lead(data.files.length, broken) : t.loading} />
      {error && <p className="notice notice-bad">{t.tryingAgain(error.message)}</p>}
      <Resting services={resting} titles={titles} />
      {data && (
        <>
          <ul className="files">
            {[...data.files]
              .sort((a, b) => Number(b.error !== null) - Number(a.error !== null) || a.file.localeCompare(b.file))
              .map((file) => (
                <File key={file.file} file={file} titles={titles} />
              ))}
          </ul>
          <p className="quiet">
            {t.checks.runners(
              data.runners.length,
              data.runners.reduce((sum, one) => sum + one.restarts, 0),
            )}
          </p>
        </>
      )}
    </>
  );
}
