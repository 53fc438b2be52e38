// The overview as the page has it: asked for at an interval, with how much of it can still be believed.
import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, use, useCallback, useMemo } from 'react';
import { Failure, getOverview } from '../api/client';
import type { Overview } from '../api/types';
import { setServerTime, toServerTime, useNow } from '../ui/clock';
import { timeOfDay } from '../ui/format';
import type { Loss } from './headline';
import { isTrusted, nextAskMs, refreshInterval } from './refresh';

export const OVERVIEW_KEY = ['overview'];

export interface OverviewNow {
  overview: Overview | undefined;
  /** false: too old to be believed; nothing may look green. */
  trusted: boolean;
  /** The last question had no good answer. */
  loss: Loss | null;
  /** When the last good answer came, this browser's milliseconds; 0: never. */
  heardMs: number;
  asking: boolean;
  ask: () => void;
}

/** Asked for once, by the shell; whoever else needs it takes it from there. */
export const OverviewContext = createContext<OverviewNow | null>(null);

export function useOverview(): OverviewNow {
  const state = use(OverviewContext);
  if (!state) throw new Error('useOverview outside of the shell');
  return state;
}

/** When the server last answered the question, this browser's milliseconds. Cards that the stream brings in between are no answer: they must not put off
 * the next question. */
let answeredMs = 0;

function answered(overview: Overview): Overview {
  answeredMs = Date.now();
  setServerTime(overview.generated_at, answeredMs);
  return overview;
}

/** One that was asked for before the page was there: it need not ask again. */
export function keepOverview(client: QueryClient, overview: Overview) {
  client.setQueryData(OVERVIEW_KEY, answered(overview));
}

export function useOverviewQuery(): OverviewNow {
  const client = useQueryClient();
  const intervalS = refreshInterval.use();
  const query = useQuery({
    queryKey: OVERVIEW_KEY,
    queryFn: async ({ signal }) => answered(await getOverview(signal)),
    refetchOnMount: false,
    refetchInterval: ({ state: { status, errorUpdatedAt } }) =>
      nextAskMs(intervalS, status === 'error', Date.now() - Math.max(answeredMs, errorUpdatedAt)),
  });
  const heardMs = query.dataUpdatedAt;
  const trusted = useNow((nowMs) => isTrusted(nowMs - toServerTime(heardMs), intervalS, document.hidden));
  const { error } = query;
  const loss = useMemo<Loss | null>(() => {
    if (!error) return null;
    const kind = error instanceof Failure && error.kind === 'problem' ? 'problem' : 'silent';
    return { kind, message: error.message, lastHeard: heardMs ? timeOfDay(heardMs, Date.now()) : null };
  }, [error, heardMs]);
  const ask = useCallback(() => {
    void client.invalidateQueries();
  }, [client]);
  const { data: overview, isFetching: asking } = query;
  return useMemo(
    () => ({ overview, trusted, loss, heardMs, asking, ask }),
    [overview, trusted, loss, heardMs, asking, ask],
  );
}
