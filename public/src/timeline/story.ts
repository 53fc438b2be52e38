// What is known of one window: the server's story of it, and what was told about it meanwhile.
import { useQuery } from '@tanstack/react-query';
import { getDeliveries, getIncident } from '../api/client';
import type { Delivery, Incident } from '../api/types';
import { nextAskMs, refreshInterval } from '../health/refresh';

/** What is told so long after its end still belongs to it, milliseconds. */
const AFTER_MS = 10 * 60_000;

export interface Story extends Incident {
  alerts: Delivery[];
}

export function toldDuring(deliveries: readonly Delivery[], { started_at, ended_at }: Incident): Delivery[] {
  const [from, to] = [Date.parse(started_at), ended_at ? Date.parse(ended_at) + AFTER_MS : Number.POSITIVE_INFINITY];
  return deliveries.filter((one) => Date.parse(one.created_at) >= from && Date.parse(one.created_at) <= to);
}

export function useIncident(id: string) {
  const intervalS = refreshInterval.use();
  return useQuery({
    queryKey: ['incident', id],
    queryFn: async ({ signal }): Promise<Story> => {
      const incident = await getIncident(id, signal);
      const { deliveries } = await getDeliveries({ service: incident.service_name, limit: '500' }, signal);
      return { ...incident, alerts: toldDuring(deliveries, incident) };
    },
    refetchInterval: (asked) =>
      asked.state.data?.ended_at ? false : nextAskMs(intervalS, asked.state.status === 'error'),
  });
}
