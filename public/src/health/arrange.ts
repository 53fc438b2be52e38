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
  services: Service[];
}

const byTitle = new Intl.Collator(t.locale, { numeric: true, sensitivity: 'base' });

function fits(service: Service, light: Light, filter: Filter): boolean {
  if (filter.light && filter.light !== light) return false;
  const haystack = [service.title, service.service_name, service.group, service.error_message].join('\n').toLowerCase();
  return filter.text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => haystack.includes(word));
}

/** Worse before better, critical before others, then by title ("ComfyUI 2" before "ComfyUI 10"). */
function compare(a: Service, b: Service, trusted: boolean): number {
  return (
    LIGHTS.indexOf(lightOf(a, trusted)) - LIGHTS.indexOf(lightOf(b, trusted)) ||
    Number(b.critical) - Number(a.critical) ||
    byTitle.compare(a.title, b.title)
  );
}

export function arrange(services: readonly Service[], trusted: boolean, filter: Filter): Section[] {
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
    .sort(([a], [b]) => Number(a === t.grid.other) - Number(b === t.grid.other) || byTitle.compare(a, b))
    .map(([group, list]) => ({ group, services: list.sort((a, b) => byTitle.compare(a.title, b.title)) }));
  return attention.length > 0 ? [{ group: null, services: attention }, ...sections] : sections;
}
