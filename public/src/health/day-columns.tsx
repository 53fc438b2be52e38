// Thirty days as thirty columns. The worse, the taller: the shape says what the colour says.
import type { Sparkline } from '../api/types';
import { t } from '../strings';
import { dayOf, shortDuration } from '../ui/format';
import { DAYS } from './curve';
import type { Light } from './light';

const DAY_MS = 86_400_000;
const DAY_S = 86_400;
const HEIGHTS: Record<Light, number> = { down: 18, degraded: 14, healthy: 9, 'no-data': 3 };

export interface Day {
  light: Light;
  known: number;
  degraded: number;
  down: number;
}

/** Of every day, oldest first; what little is missing at its ends does not make a day unknown. Pure. */
export function daysOf(days: Sparkline['days'], count = DAYS): Day[] {
  const list: Day[] = Array.from({ length: count }, () => ({ light: 'no-data', known: 0, degraded: 0, down: 0 }));
  for (const [day, known, degraded, down] of days) {
    if (day >= 0 && day < count)
      list[day] = { light: down > 0 ? 'down' : degraded > 0 ? 'degraded' : 'healthy', known, degraded, down };
  }
  return list;
}

function describe(day: Day, fromMs: number): string {
  const parts = [
    day.down > 0 && `${t.status.down} ${shortDuration(day.down)}`,
    day.degraded > 0 && `${t.status.degraded} ${shortDuration(day.degraded)}`,
    day.known < DAY_S - 60 && `${t.status['no-data']} ${shortDuration(DAY_S - day.known)}`,
  ].filter(Boolean);
  return `${dayOf(fromMs)}: ${parts.length > 0 ? parts.join(', ') : t.status.healthy}`;
}

export function DayColumns({ sparkline, fromMs }: { sparkline: Sparkline; fromMs: number }) {
  const days = daysOf(sparkline.days);
  const count = (light: Light) => days.filter((day) => day.light === light).length;
  return (
    <svg
      className="day-columns"
      viewBox={`0 0 ${DAYS * 4 - 1} 18`}
      preserveAspectRatio="none"
      role="img"
      aria-label={t.card.daysLabel(count('down'), count('degraded'))}
    >
      {days.map((day, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a day is its place
        <g key={i}>
          <title>{describe(day, fromMs + i * DAY_MS)}</title>
          <rect className="day-room" x={4 * i - 0.5} y="0" width="4" height="18" />
          <rect
            className={`piece piece-${day.light}`}
            x={4 * i}
            y={18 - HEIGHTS[day.light]}
            width="3"
            height={HEIGHTS[day.light]}
          />
        </g>
      ))}
    </svg>
  );
}
