// Where one is stands in the address, behind the #, so that it can be sent to somebody and the back button works: a page, what is open on it, and
// how it is looked at. #/  #/service/NAME?view=logs  #/timeline?days=7  #/incident/ID  #/checklist  #/alerts/SERVICE  #/audit?actor=x  #/checks
import { useMemo, useSyncExternalStore } from 'react';

export const PAGES = ['overview', 'timeline', 'checklist', 'alerts', 'audit', 'checks'] as const;
export type PageName = (typeof PAGES)[number];

export interface Place {
  page: PageName;
  /** The service whose details are open over the page. */
  service: string | null;
  /** The window whose story is open over the page. */
  incident: string | null;
  /** What is open within the page: a service's name on the alerts page. */
  item: string | null;
  /** How it is looked at: range, tab, filters. */
  query: URLSearchParams;
}

function decoded(text: string | undefined): string | null {
  if (!text) return null;
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

export function placeOf(hash: string): Place {
  const [path = '', search = ''] = hash.replace(/^#/, '').split('?', 2);
  const [, first = '', second] = path.split('/');
  const item = decoded(second);
  const page = PAGES.find((name) => name === first);
  return {
    page: page ?? (first === 'incident' ? 'timeline' : 'overview'),
    service: first === 'service' ? item : null,
    incident: first === 'incident' ? item : null,
    item: page ? item : null,
    query: new URLSearchParams(search),
  };
}

function withQuery(path: string, query?: Record<string, string | null | undefined>): string {
  const given = Object.entries(query ?? {}).filter((pair): pair is [string, string] => Boolean(pair[1]));
  return given.length > 0 ? `${path}?${new URLSearchParams(given)}` : path;
}

export function pageHref(page: PageName, query?: Record<string, string | null | undefined>): string {
  return withQuery(page === 'overview' ? '#/' : `#/${page}`, query);
}

export function serviceHref(name: string, query?: Record<string, string | null | undefined>): string {
  return withQuery(`#/service/${encodeURIComponent(name)}`, query);
}

export function incidentHref(id: number | string, query?: Record<string, string | null | undefined>): string {
  return withQuery(`#/incident/${encodeURIComponent(id)}`, query);
}

export function alertsHref(service: string): string {
  return `#/alerts/${encodeURIComponent(service)}`;
}

/** The page that a service or an incident lies over: the last one that was looked at by itself. */
let under = '#/';

function remember() {
  const place = placeOf(location.hash);
  if (!place.service && !place.incident) under = location.hash || '#/';
}

if (globalThis.location) {
  remember();
  addEventListener('hashchange', remember);
  addEventListener('popstate', remember);
}

export function pageUnder(): Place {
  return placeOf(under);
}

/** Closes what lies over the page. */
export function leave() {
  go(under);
}

/** Goes there. `replace`: as another look at the same thing, which the back button does not count. */
export function go(href: string, replace = false) {
  if (replace) history.replaceState(null, '', href);
  else history.pushState(null, '', href);
  dispatchEvent(new HashChangeEvent('hashchange'));
}

/** The same place looked at otherwise: null takes a word out. */
export function look(change: Record<string, string | null>) {
  const [path = '#/', search = ''] = location.hash.split('?', 2);
  const query = new URLSearchParams(search);
  for (const [key, value] of Object.entries(change)) {
    if (value === null) query.delete(key);
    else query.set(key, value);
  }
  const text = query.toString();
  go(text ? `${path || '#/'}?${text}` : path || '#/', true);
}

function subscribe(listener: () => void) {
  addEventListener('hashchange', listener);
  addEventListener('popstate', listener);
  return () => {
    removeEventListener('hashchange', listener);
    removeEventListener('popstate', listener);
  };
}

export function usePlace(): Place {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return useMemo(() => placeOf(hash), [hash]);
}
