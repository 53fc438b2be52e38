// How often the page asks, and how long it believes what it was told.
import { stored } from '../ui/stored';

/** Seconds. */
export const INTERVALS = [5, 10, 30, 60] as const;
export const INTERVAL_DEFAULT = 30;

/** While the server is lost the page asks at least this often, seconds. */
const RETRY_MOST_S = 5;
/** A question that is due waits so long at most: the time is counted anew with each card that the stream brings, and they come each second. */
const ASK_LEAST_MS = 250;
/** An overview older than this many intervals is not believed any more. */
const TRUST_INTERVALS = 3;
/** Browsers wake a hidden tab once a minute: there, being late is no sign of anything. */
const HIDDEN_S = 60;

export function readInterval(text: string | null): number {
  const seconds = Number(text);
  return INTERVALS.some((one) => one === seconds) ? seconds : INTERVAL_DEFAULT;
}

/** Seconds. */
export const refreshInterval = stored<number>('signalbox.interval', readInterval, String);

/** Milliseconds until the page asks again, when the last answer or failure was so long ago. */
export function nextAskMs(intervalS: number, failed: boolean, agoMs = 0): number {
  return Math.max(ASK_LEAST_MS, 1000 * (failed ? Math.min(intervalS, RETRY_MOST_S) : intervalS) - agoMs);
}

/** Whether an answer of that age is still believed. */
export function isTrusted(ageMs: number, intervalS: number, hidden: boolean): boolean {
  return ageMs <= 1000 * TRUST_INTERVALS * Math.max(intervalS, hidden ? HIDDEN_S : 0);
}
