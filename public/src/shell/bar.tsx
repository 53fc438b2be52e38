// The bar above: whose page, the ways to the others, how live it is, and the settings.
import { useOverview } from '../health/overview';
import { refreshInterval } from '../health/refresh';
import { t } from '../strings';
import type { PageName } from '../ui/address';
import { toServerTime } from '../ui/clock';
import { timeOfDay } from '../ui/format';
import { RefreshIcon } from '../ui/icons';
import { Ago } from '../ui/time';
import type { LiveState } from './live';
import { Settings } from './settings';
import { Brand, Ways } from './ways';

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

export function Bar({ page, live, onHelp }: { page: PageName; live: LiveState; onHelp: () => void }) {
  const { asking, ask } = useOverview();
  return (
    <header className="bar">
      <div className="bar-within">
        <Brand />
        <Ways page={page} />
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
