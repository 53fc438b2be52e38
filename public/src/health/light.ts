// What a service may be shown as. Its status, unless that is not known to hold now: then no data, which is grey and never green. Pure.
import type { Service, Status } from '../api/types';

export type Light = Status | 'no-data';

/** Worst first: the order in which anybody wants to read. */
export const LIGHTS: readonly Light[] = ['down', 'no-data', 'degraded', 'healthy'];

type Known = Pick<Service, 'status' | 'stale'>;

/** `trusted`: the overview itself is fresh enough to be believed. */
export function lightOf(service: Known, trusted: boolean): Light {
  return trusted && !service.stale && service.status ? service.status : 'no-data';
}

export function countLights(services: readonly Known[], trusted: boolean): Record<Light, number> {
  const counts: Record<Light, number> = { down: 0, 'no-data': 0, degraded: 0, healthy: 0 };
  for (const service of services) counts[lightOf(service, trusted)]++;
  return counts;
}
