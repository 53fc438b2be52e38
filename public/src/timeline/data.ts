// Every service's past, for lanes one below the other.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getUptime } from '../api/client';
import type { ServiceUptime } from '../api/types';
import { nextAskMs, refreshInterval } from '../health/refresh';

export type Range = keyof ServiceUptime['seconds'] & string;

export const RANGES: Record<Range, number> = { '24h': 1, '7d': 7, '30d': 30, '90d': 90 };

export function readRange(text: string | null): Range {
  return text === '24h' || text === '30d' || text === '90d' ? text : '7d';
}

/** How fine the blocks are, pixels: some windows wide, so that looking closer shows more at once. */
const PIXELS = 6000;
/** Days move slowly, seconds. */
const SLOW_S = 60;

export function useTimeline(range: Range) {
  const intervalS = refreshInterval.use();
  const everyS = range === '24h' ? intervalS : Math.max(intervalS, SLOW_S);
  return useQuery({
    queryKey: ['timeline', range],
    queryFn: async ({ signal }) => ({ range, answer: await getUptime(RANGES[range], PIXELS, signal) }),
    placeholderData: keepPreviousData,
    refetchInterval: (asked) => nextAskMs(everyS, asked.state.status === 'error'),
  });
}
