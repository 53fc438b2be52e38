// The page's clock: one tick a second for everything that counts, in the server's time, so that a browser whose clock is wrong still says
// "12 s ago" and not "in 3 minutes".
import { useSyncExternalStore } from 'react';

/** Differences below this are the way of the answer, not a wrong clock; milliseconds. */
const TOLERANCE_MS = 2000;

const listeners = new Set<() => void>();
let skewMs = 0;
let tickMs = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

function tick() {
  tickMs = Date.now() + skewMs;
  for (const listener of listeners) listener();
}

/** Tells the clock what time it is at the server. */
export function setServerTime(stamp: string, receivedMs: number) {
  const difference = Date.parse(stamp) - receivedMs;
  if (Number.isNaN(difference)) return;
  const next = Math.abs(difference) > TOLERANCE_MS ? difference : 0;
  if (Math.abs(next - skewMs) <= TOLERANCE_MS) return;
  skewMs = next;
  tick();
}

/** A time of this browser as the server would have it. */
export function toServerTime(localMs: number): number {
  return localMs + skewMs;
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  timer ??= setInterval(tick, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** What `read` makes of the present; the component is rendered again only when that changes. */
export function useNow<T extends string | number | boolean>(read: (nowMs: number) => T): T {
  return useSyncExternalStore(subscribe, () => read(tickMs));
}
