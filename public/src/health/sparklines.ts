// The small graphs of all cards, asked for once and kept for some minutes: they move slowly.
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { getSparklines } from '../api/client';
import type { SmallGraphs } from './curve';

const EVERY_MS = 5 * 60_000;

export function useSparklines(wanted: boolean): SmallGraphs | undefined {
  const { data } = useQuery({
    queryKey: ['sparklines'],
    queryFn: ({ signal }) => getSparklines(signal),
    enabled: wanted,
    refetchInterval: EVERY_MS,
    staleTime: EVERY_MS,
  });
  return useMemo(
    () =>
      data && {
        fromMs: Date.parse(data.from),
        daysFromMs: Date.parse(data.days_from),
        byName: new Map(data.services.map((one) => [one.service_name, one])),
      },
    [data],
  );
}
