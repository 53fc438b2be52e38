// A service's past as graphs have it: asked for by range, and with the holes that belong there. Pure but for the asking.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getSeries, getTimeline } from '../api/client';
import type { Series } from '../api/types';
import { nextAskMs, refreshInterval } from '../health/refresh';

export const RANGES = { '24h': 1, '7d': 7, '30d': 30 } as const;
export type GraphRange = keyof typeof RANGES;

export function readRange(text: string | null): GraphRange {
  return text === '7d' || text === '30d' ? text : '24h';
}

/** How fine the status bar is: what is shorter is merged to the worst. Finer than its pixels, because its list is read in seconds. */
const PIXELS = 10_000;
/** A graph of days moves slowly. */
const SLOW_S = 60;

/** `has`: whether there is a Postgres to ask at all. */
export function useHistory(name: string, range: GraphRange, has: boolean) {
  const intervalS = refreshInterval.use();
  const days = RANGES[range];
  const everyS = days === 1 ? intervalS : Math.max(intervalS, SLOW_S);
  return useQuery({
    queryKey: ['service', name, 'history', range],
    queryFn: async ({ signal }) => {
      const [series, timeline] = await Promise.all([
        getSeries(name, days, signal),
        getTimeline(name, days, PIXELS, signal),
      ]);
      return { range, series, timeline };
    },
    enabled: has,
    placeholderData: keepPreviousData,
    refetchInterval: (asked) => nextAskMs(everyS, asked.state.status === 'error'),
  });
}

export type Columns = [at: number[], median: (number | null)[], p95: (number | null)[], most: (number | null)[]];

/** The columns with a null wherever a bucket is missing, so that no line runs over time of which nothing is known. */
export function withHoles(series: Series): Columns {
  const columns: Columns = [[], [], [], []];
  const push = (at: number, median: number | null, p95: number | null, most: number | null) => {
    columns[0].push(at);
    columns[1].push(median);
    columns[2].push(p95);
    columns[3].push(most);
  };
  series.at.forEach((at, i) => {
    const before = columns[0].at(-1);
    if (before !== undefined && at - before > 1.5 * series.step_seconds)
      push(before + series.step_seconds, null, null, null);
    push(at, series.median_ms[i] ?? null, series.p95_ms[i] ?? null, series.max_ms[i] ?? null);
  });
  return columns;
}

/** Whether there are two buckets beside one another: a line needs them. */
export function hasLine(series: Series): boolean {
  const [, median] = withHoles(series);
  return median.some((ms, i) => ms !== null && typeof median[i - 1] === 'number');
}
