// Which cards are shown and in which order: what needs attention first, then the rest by group. Pure.
import type { Service } from '../api/types';
import { t } from '../strings';
import { LIGHTS, type Light, lightOf } from './light';

export interface Filter {
  text: string;
  light: Light | null;
}

export interface Section {
  /** null: what needs attention, of all groups. */
  group: string | null;
  /** Names of services. The cards themselves change all the time, their order seldom does. */
  names: readonly string[];
}

export type Arrangement = readonly Section[];

const keys = new Map<string, string>();

/** By which a title is sorted: without its case and accents, and its numbers as long as each other. Intl.Collator does as much, and takes a slow machine
 * as long to make as all the sorting. */
function keyOf(title: string): string {
  let key = keys.get(title);
  if (key === undefined) {
    const plain = /^[ -~]*$/.test(title) ? title : title.normalize('NFD').replace(/\p{M}/gu, '');
    key = plain.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(12, '0'));
    keys.set(title, key);
  }
  return key;
}

/** Titles as people count: "ComfyUI 2" before "ComfyUI 10". */
export function byTitle(a: string, b: string): number {
  const [one, other] = [keyOf(a), keyOf(b)];
  return one < other ? -1 : one > other ? 1 : 0;
}

function fits(service: Service, light: Light, filter: Filter): boolean {
  if (filter.light && filter.light !== light) return false;
  if (!filter.text) return true;
  const haystack = [service.title, service.service_name, service.group, service.error_message].join('\n').toLowerCase();
  return filter.text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => haystack.includes(word));
}

/** Worse before better, critical before others, then by title. */
function compare(a: Service, b: Service, trusted: boolean): number {
  return (
    LIGHTS.indexOf(lightOf(a, trusted)) - LIGHTS.indexOf(lightOf(b, trusted)) ||
    Number(b.critical) - Number(a.critical) ||
    byTitle(a.title, b.title)
  );
}

function namesOf(services: readonly Service[]): string[] {
  return services.map((service) => service.service_name);
}

export function arrange(services: readonly Service[], trusted: boolean, filter: Filter): Arrangement {
  const attention: Service[] = [];
  const groups = new Map<string, Service[]>();
  for (const service of services) {
    const light = lightOf(service, trusted);
    if (!fits(service, light, filter)) continue;
    if (light !== 'healthy') {
      attention.push(service);
      continue;
    }
    const group = service.group || t.grid.other;
    const list = groups.get(group);
    if (list) list.push(service);
    else groups.set(group, [service]);
  }
  attention.sort((a, b) => compare(a, b, trusted));
  const sections: Section[] = [...groups]
    .sort(([a], [b]) => Number(a === t.grid.other) - Number(b === t.grid.other) || byTitle(a, b))
    .map(([group, list]) => ({ group, names: namesOf(list.sort((a, b) => byTitle(a.title, b.title))) }));
  return attention.length > 0 ? [{ group: null, names: namesOf(attention) }, ...sections] : sections;
}

/** Whether two answers would be arranged alike: then the order of the first serves for the second too, and 1,000 cards need not be sorted again
 * because one of them was measured. Without a text the messages do not matter. */
export function sameOrder(a: readonly Service[], b: readonly Service[], text: string): boolean {
  return (
    a.length === b.length &&
    a.every((one, i) => {
      const other = b[i];
      if (one === other) return true;
      return (
        other !== undefined &&
        one.service_name === other.service_name &&
        one.status === other.status &&
        one.stale === other.stale &&
        one.title === other.title &&
        one.group === other.group &&
        one.critical === other.critical &&
        (!text || one.error_message === other.error_message)
      );
    })
  );
}

/** The old order for the new services: what has gone is taken out; what is new stands at the end, so that nothing moves under a reader's eyes. */
export function keepOrder(old: Arrangement, fresh: Arrangement): Arrangement {
  const present = new Set(fresh.flatMap((section) => section.names));
  const kept = old
    .map((section) => ({ ...section, names: section.names.filter((name) => present.has(name)) }))
    .filter((section) => section.names.length > 0);
  const known = new Set(kept.flatMap((section) => section.names));
  const added = fresh
    .map((section) => ({ ...section, names: section.names.filter((name) => !known.has(name)) }))
    .filter((section) => section.names.length > 0);
  for (const section of added) {
    const at = kept.findIndex((one) => one.group === section.group);
    const found = kept[at];
    if (found) kept[at] = { ...found, names: [...found.names, ...section.names] };
    else kept.push(section);
  }
  return kept;
}

export function isSameArrangement(a: Arrangement, b: Arrangement): boolean {
  return (
    a === b ||
    (a.length === b.length &&
      a.every((section, i) => {
        const other = b[i];
        return (
          other !== undefined &&
          section.group === other.group &&
          section.names.length === other.names.length &&
          section.names.every((name, n) => name === other.names[n])
        );
      }))
  );
}
