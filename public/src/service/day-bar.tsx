// The last 24 hours as one bar, and in words what in them was not healthy.
import type { StatusWindow, Uptime } from '../api/types';
import { t } from '../strings';
import { useNow } from '../ui/clock';
import { percent, secondsBetween, shortDuration, timeOfDay, utc } from '../ui/format';
import { LampIcon } from '../ui/lamp';
import { At } from '../ui/time';
import { type Segment, segmentsOf, sharesOf } from './segments';

const DAY_MS = 86_400_000;
/** A piece is never thinner than this share of the bar: a minute of outage must be seen. */
const SHARE_LEAST = 0.006;
/** Most disturbances that are listed. */
const LISTED_MOST = 8;

function Piece({ segment, fromMs }: { segment: Segment; fromMs: number }) {
  const share = Math.max((segment.toMs - segment.fromMs) / DAY_MS, segment.light === 'healthy' ? 0 : SHARE_LEAST);
  return (
    <rect
      className={`piece piece-${segment.light}`}
      x={(1000 * (segment.fromMs - fromMs)) / DAY_MS}
      width={1000 * share}
      y="0"
      height="28"
    />
  );
}

function Disturbance({ segment, nowMs }: { segment: Segment; nowMs: number }) {
  const start = new Date(segment.fromMs).toISOString();
  return (
    <li>
      <LampIcon light={segment.light} />
      <strong>{t.status[segment.light]}</strong>
      <span>
        <At at={start} />
        {segment.toMs < nowMs && (
          <>
            {' – '}
            <time dateTime={new Date(segment.toMs).toISOString()} title={utc(segment.toMs)}>
              {timeOfDay(segment.toMs, segment.fromMs)}
            </time>
          </>
        )}
      </span>
      <span className="quiet">{shortDuration(secondsBetween(segment.fromMs, segment.toMs))}</span>
    </li>
  );
}

function Percent({ term, value }: { term: string; value: number | null }) {
  return (
    <div className="fact">
      <dt>{term}</dt>
      <dd>{value === null ? t.nothing : percent(value)}</dd>
    </div>
  );
}

export function DayBar({ windows, uptime }: { windows: readonly StatusWindow[]; uptime: Uptime }) {
  // To the minute: a second would move nothing that can be seen.
  const nowMs = 60_000 * useNow((ms) => Math.ceil(ms / 60_000));
  const fromMs = nowMs - DAY_MS;
  const segments = segmentsOf(windows, fromMs, nowMs);
  const first = windows.length > 0 ? Math.min(...windows.map((window) => Date.parse(window.started_at))) : nowMs;
  // Before the service was first seen nothing was disturbed.
  const disturbances = segments.filter(
    (one) => one.light !== 'healthy' && one.toMs > first && one.toMs - one.fromMs > 60_000,
  );
  const shares = sharesOf(segments).map(([light, share]) => t.detail.dayPart(t.status[light], percent(100 * share)));
  // Grey first, so that a thin piece of red is drawn above its neighbours.
  const drawn = [...segments].sort((a, b) => Number(a.light !== 'healthy') - Number(b.light !== 'healthy'));
  return (
    <section className="panel-section" aria-labelledby="day-title">
      <h3 id="day-title">{t.detail.day}</h3>
      <svg
        className="day-bar"
        viewBox="0 0 1000 28"
        preserveAspectRatio="none"
        role="img"
        aria-label={t.detail.dayLabel(shares)}
      >
        {drawn.map((segment) => (
          <Piece key={segment.fromMs} segment={segment} fromMs={fromMs} />
        ))}
      </svg>
      <p className="day-scale" aria-hidden="true">
        <span>{t.detail.ago24}</span>
        <span>{t.detail.ago12}</span>
        <span>{t.detail.now}</span>
      </p>
      {disturbances.length > 0 && (
        <ul className="disturbances">
          {disturbances
            .slice(-LISTED_MOST)
            .reverse()
            .map((segment) => (
              <Disturbance key={segment.fromMs} segment={segment} nowMs={nowMs} />
            ))}
        </ul>
      )}
      <dl className="facts facts-uptime">
        <Percent term={t.card.uptime7} value={uptime['7d']} />
        <Percent term={t.card.uptime30} value={uptime['30d']} />
      </dl>
    </section>
  );
}
