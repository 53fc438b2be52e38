// What is known of one window: the server's story of it. While it goes on the story does too.
import { useQuery } from '@tanstack/react-query';
import { getIncident } from '../api/client';
import { nextAskMs, refreshInterval } from '../health/refresh';

export function useIncident(id: string) {
  const intervalS = refreshInterval.use();
  return useQuery({
    queryKey: ['incident', id],
    queryFn: ({ signal }) => getIncident(id, signal),
    refetchInterval: (asked) =>
      asked.state.data?.ended_at ? false : nextAskMs(intervalS, asked.state.status === 'error'),
  });
}
