// The details of one service, page by page of its checks, kept fresh like the overview.
import { useInfiniteQuery } from '@tanstack/react-query';
import { getService } from '../api/client';
import type { Check, ServiceDetail } from '../api/types';
import { nextAskMs, refreshInterval } from '../health/refresh';

/** Checks a page. */
const LIMIT = 50;

export function useServiceDetail(name: string) {
  const intervalS = refreshInterval.use();
  const query = useInfiniteQuery({
    queryKey: ['service', name],
    queryFn: ({ pageParam, signal }) => getService(name, { limit: LIMIT, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last: ServiceDetail) => last.next,
    refetchInterval: (asked) => nextAskMs(intervalS, asked.state.status === 'error'),
  });
  const pages = query.data?.pages;
  const checks: Check[] = pages?.flatMap((page) => page.checks) ?? [];
  return { query, detail: pages?.[0], checks };
}
