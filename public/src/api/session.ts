// Who is logged in. What lets the browser in is a cookie that no script can read; kept here is only whom it is for, so that a reload or another tab
// need not ask before it shows something.
import { useSyncExternalStore } from 'react';
import { Failure, getSession } from './client';
import type { Identity } from './types';

/** Why nobody is logged in, where that needs saying. unreached: asked to log out, and the server was not there to hear it. */
export type Farewell = 'expired' | 'logged-out' | 'unreached';

export interface Session {
  /** null: nobody, or it is not known yet. */
  user: string | null;
  role: Identity['role'] | null;
  /** Nobody is remembered, but there may be a cookie: the server is being asked. */
  asking: boolean;
  farewell: Farewell | null;
}

const KEY = 'signalbox.who';
const listeners = new Set<() => void>();

/** What was kept, null for anything else that may stand there. */
export function readKept(text: string | null): Pick<Session, 'user' | 'role'> | null {
  try {
    const { user, role } = JSON.parse(text ?? 'null') ?? {};
    return typeof user === 'string' && user && (role === 'admin' || role === 'viewer') ? { user, role } : null;
  } catch {
    return null;
  }
}

const kept = readKept(globalThis.localStorage?.getItem(KEY) ?? null);
let session: Session = kept
  ? { ...kept, asking: false, farewell: null }
  : { user: null, role: null, asking: true, farewell: null };

function change(next: Session) {
  session = next;
  if (next.user) localStorage.setItem(KEY, JSON.stringify({ user: next.user, role: next.role }));
  else localStorage.removeItem(KEY);
  for (const listener of listeners) listener();
}

export function openSession({ user, role }: Identity) {
  change({ user, role, asking: false, farewell: null });
}

/** Once is enough: what was said first stays. */
export function closeSession(farewell: Farewell | null) {
  if (session.user || session.asking) change({ user: null, role: null, asking: false, farewell });
}

/** Asks the server whose the cookie is. Without an answer what is remembered goes on counting. */
export async function restoreSession() {
  try {
    openSession(await getSession());
  } catch (error) {
    if (error instanceof Failure && error.kind === 'refused') closeSession(session.user ? 'expired' : null);
    else if (session.asking) closeSession(null);
  }
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

export function useSession(): Session {
  return useSyncExternalStore(subscribe, () => session);
}
