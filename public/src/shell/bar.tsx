// The bar above: whose page, the ways to the others, how live it is, and the settings.
import { useOverview } from '../health/overview';
import { refreshInterval } from '../health/refresh';
import { t } from '../strings';
import { PAGES, type PageName, pageHref } from '../ui/address';
import { toServerTime } from '../ui/clock';
import { timeOfDay } from '../ui/format';
import { PageIcon, RefreshIcon } from '../ui/icons';
import { Ago } from '../ui/time';
import type { LiveState } from './live';
import { Settings } from './settings';

/** live / every 30 s / offline since 12:03, and how old the newest word is. */
function LiveMark({ live }: { live: LiveState }) {
  const { loss, heardMs, overview } = useOverview();
  const intervalS = refreshInterval.use();
  if (loss) {
    const since = heardMs ? timeOfDay(heardMs, Date.now()) : timeOfDay(performance.timeOrigin, Date.now());
    return <span className="live live-lost">{t.bar.offlineSince(since)}</span>;
  }
  if (!overview) return <span className="live">{t.bar.connecting}</span>;
  return (
    <span className={live === 'live' ? 'live live-on' : 'live live-polling'}>
      <span className="live-mode">{live === 'live' ? t.bar.live : t.bar.every(t.seconds(intervalS))}</span>
      <span className="live-age">
        {t.bar.updated} <Ago at={new Date(toServerTime(heardMs)).toISOString()} />
      </span>
    </span>
  );
}

function Brand() {
  return (
    <a className="brand" href={pageHref('overview')} aria-label={t.product}>
      <svg viewBox="0 0 16 32" aria-hidden="true" focusable="false">
        <rect x="1" y="1" width="14" height="30" rx="7" />
        <circle className="red" cx="8" cy="8" r="3.2" />
        <circle className="yellow" cx="8" cy="16" r="3.2" />
        <circle className="green" cx="8" cy="24" r="3.2" />
      </svg>
      <span className="brand-name">{t.product}</span>
    </a>
  );
}

export function Bar({ page, live, onHelp }: { page: PageName; live: LiveState; onHelp: () => void }) {
  const { asking, ask } = useOverview();
  return (
    <header className="bar">
      <div className="bar-within">
        <Brand />
        <nav className="nav" aria-label={t.nav.label}>
          {PAGES.map((name) => (
            <a key={name} href={pageHref(name)} aria-current={name === page ? 'page' : undefined}>
              <PageIcon page={name} />
              <span>{t.nav[name]}</span>
            </a>
          ))}
        </nav>
        <span className="bar-end">
          <LiveMark live={live} />
          <button type="button" className="icon-button" onClick={ask} aria-label={t.bar.refresh} title={t.bar.refresh}>
            <RefreshIcon turning={asking} />
          </button>
          <Settings onHelp={onHelp} />
        </span>
      </div>
    </header>
  );
}
