// What holds the gate, in people's words. Pure.
import type { Overview } from '../api/types';
import { t } from '../strings';

/** Most names that the gate's line holds. */
const BLOCKING_MOST = 3;

/** A critical service stands on the checklist in its own name, with this before it. */
const SERVICE = 'service:';

/** What is called how, as far as the overview says it: the titles of services. */
export function knownTitles(services: Overview['services']): Map<string, string> {
  const titles = new Map(services.map((service) => [SERVICE + service.service_name, service.title]));
  titles.set('scheduler', t.gate.scheduler);
  return titles;
}

/** What has no title stands there by its name; what is more than a line holds is counted. */
export function holdersOf(blocking: readonly string[], titles: ReadonlyMap<string, string>): string[] {
  const names = blocking.map((name) => titles.get(name) ?? name);
  if (names.length <= BLOCKING_MOST) return names;
  return [...names.slice(0, BLOCKING_MOST - 1), t.gate.more(names.length - BLOCKING_MOST + 1)];
}
