// The bar above: whose page, how live it is, how often it asks, which theme, who is logged in.
import { endSession, Failure } from '../api/client';
import { closeSession, useSession } from '../api/session';
import { t } from '../strings';
import { toServerTime } from '../ui/clock';
import { timeOfDay } from '../ui/format';
import { LogOutIcon, RefreshIcon, ThemeIcon } from '../ui/icons';
import { turnTheme, useTheme } from '../ui/theme';
import { Ago } from '../ui/time';
import type { OverviewNow } from './overview';
import { INTERVALS, setRefreshInterval, useRefreshInterval } from './refresh';

function LiveMark({ state }: { state: OverviewNow }) {
  const { loss, heardMs, overview } = state;
  if (loss) {
    const since = heardMs ? timeOfDay(heardMs, Date.now()) : timeOfDay(performance.timeOrigin, Date.now());
    return <span className="live live-lost">{t.bar.offlineSince(since)}</span>;
  }
  if (!overview) return <span className="live">{t.bar.connecting}</span>;
  return (
    <span className="live live-on">
      <span className="live-word">{t.bar.updated}</span> <Ago at={new Date(toServerTime(heardMs)).toISOString()} />
    </span>
  );
}

/** A session that is over already is as good as ended. */
async function logOut() {
  try {
    await endSession();
    closeSession('logged-out');
  } catch (error) {
    closeSession(error instanceof Failure && error.kind === 'refused' ? 'logged-out' : 'unreached');
  }
}

export function Bar({ state }: { state: OverviewNow }) {
  const session = useSession();
  const theme = useTheme();
  const intervalS = useRefreshInterval();
  return (
    <header className="bar">
      <span className="brand">
        <svg viewBox="0 0 16 32" aria-hidden="true" focusable="false">
          <rect x="1" y="1" width="14" height="30" rx="7" />
          <circle className="red" cx="8" cy="8" r="3.2" />
          <circle className="yellow" cx="8" cy="16" r="3.2" />
          <circle className="green" cx="8" cy="24" r="3.2" />
        </svg>
        <span className="brand-name">{t.product}</span>
      </span>
      <span className="bar-end">
        <LiveMark state={state} />
        <select
          className="select"
          aria-label={t.bar.interval}
          title={t.bar.interval}
          value={intervalS}
          onChange={(event) => setRefreshInterval(Number(event.target.value))}
        >
          {INTERVALS.map((seconds) => (
            <option key={seconds} value={seconds}>
              {t.bar.every(t.seconds(seconds))}
            </option>
          ))}
        </select>
        <button
          type="button"
          className="icon-button"
          onClick={state.ask}
          aria-label={t.bar.refresh}
          title={t.bar.refresh}
        >
          <RefreshIcon turning={state.asking} />
        </button>
        <button
          type="button"
          className="icon-button"
          onClick={turnTheme}
          aria-label={t.bar.theme[theme]}
          title={t.bar.theme[theme]}
        >
          <ThemeIcon theme={theme} />
        </button>
        <button
          type="button"
          className="icon-button"
          onClick={() => void logOut()}
          aria-label={t.bar.logOut}
          title={`${t.bar.logOut} (${t.bar.loggedInAs(session.user ?? '')})`}
        >
          <LogOutIcon />
        </button>
      </span>
    </header>
  );
}
