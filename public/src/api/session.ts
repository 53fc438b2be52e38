// Who is logged in. The credentials live as long as the tab (sessionStorage survives a reload of it, nothing else) and go nowhere but into the
// Authorization header.
import { useSyncExternalStore } from 'react';

/** Why nobody is logged in, where that needs saying. */
export type Farewell = 'expired' | 'logged-out';

export interface Session {
  authorization: string | null;
  name: string | null;
  farewell: Farewell | null;
}

const KEY = 'signalbox.session';
const listeners = new Set<() => void>();

/** The value of an Authorization header; name and password may hold any Unicode, the name no colon. */
export function basic(name: string, password: string): string {
  const bytes = new TextEncoder().encode(`${name}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

/** The name in what basic() made; null when it is not of that form. */
export function nameOf(authorization: string): string | null {
  try {
    const bytes = Uint8Array.from(atob(authorization.replace(/^Basic /, '')), (c) => c.charCodeAt(0));
    const [name, ...rest] = new TextDecoder().decode(bytes).split(':');
    return rest.length > 0 && name ? name : null;
  } catch {
    return null;
  }
}

function restore(): Session {
  const authorization = globalThis.sessionStorage?.getItem(KEY) ?? null;
  const name = authorization && nameOf(authorization);
  return name ? { authorization, name, farewell: null } : { authorization: null, name: null, farewell: null };
}

let session = restore();

function change(next: Session) {
  session = next;
  if (next.authorization) sessionStorage.setItem(KEY, next.authorization);
  else sessionStorage.removeItem(KEY);
  for (const listener of listeners) listener();
}

export function openSession(authorization: string) {
  change({ authorization, name: nameOf(authorization), farewell: null });
}

export function closeSession(farewell: Farewell) {
  change({ authorization: null, name: null, farewell });
}

export function currentSession(): Session {
  return session;
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

export function useSession(): Session {
  return useSyncExternalStore(subscribe, currentSession);
}
