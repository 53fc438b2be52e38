// Numbers and times into text. Pure, but for the zone and the language of the browser.
import { t } from '../strings';

const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86400;

/** Whole seconds from one time to another; never negative. */
export function secondsBetween(fromMs: number, toMs: number): number {
  return Math.max(0, Math.floor((toMs - fromMs) / 1000));
}

/** "12 s", "4 min", "3 h 20 min", "3 d 4 h": at most two units. */
export function shortDuration(seconds: number): string {
  if (seconds < MINUTE_S) return t.seconds(Math.floor(seconds));
  if (seconds < HOUR_S) return t.minutes(Math.floor(seconds / MINUTE_S));
  const [big, small] =
    seconds < DAY_S
      ? [t.hours(Math.floor(seconds / HOUR_S)), Math.floor((seconds % HOUR_S) / MINUTE_S)]
      : [t.days(Math.floor(seconds / DAY_S)), Math.floor((seconds % DAY_S) / HOUR_S)];
  if (small === 0) return big;
  return `${big} ${seconds < DAY_S ? t.minutes(small) : t.hours(small)}`;
}

/** For a sentence: "less than a minute", "4 minutes", "3 hours", "2 days". */
export function longDuration(seconds: number): string {
  if (seconds < MINUTE_S) return t.lessThanAMinute;
  if (seconds < HOUR_S) return t.longMinutes(Math.floor(seconds / MINUTE_S));
  if (seconds < 2 * DAY_S) return t.longHours(Math.floor(seconds / HOUR_S));
  return t.longDays(Math.floor(seconds / DAY_S));
}

/** 99.98, rounded down: 100 means that nothing is missing. */
export function percent(value: number): string {
  const digits = value >= 99 && value < 100 ? 2 : value === 100 || value === 0 ? 0 : 1;
  const scale = 10 ** digits;
  return t.percent((Math.floor(value * scale + 1e-6) / scale).toFixed(digits));
}

export function milliseconds(ms: number): string {
  return ms < 10_000 ? t.milliseconds(Math.round(ms)) : t.seconds(Math.round(ms / 100) / 10);
}

/** At most three digits that say something. */
export function number(value: number): string {
  const digits = Number.isInteger(value) || Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString(t.locale, { maximumFractionDigits: digits });
}

const clockTime = new Intl.DateTimeFormat(t.locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const clockSeconds = new Intl.DateTimeFormat(t.locale, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const dayTime = new Intl.DateTimeFormat(t.locale, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});

const yearTime = new Intl.DateTimeFormat(t.locale, { year: 'numeric', month: 'short', day: 'numeric' });

/** The local time of day, with the date where it is not that of `nowMs`. */
export function timeOfDay(ms: number, nowMs: number, withSeconds = false): string {
  const sameDay = new Date(ms).toDateString() === new Date(nowMs).toDateString();
  if (sameDay) return (withSeconds ? clockSeconds : clockTime).format(ms);
  return (new Date(ms).getFullYear() === new Date(nowMs).getFullYear() ? dayTime : yearTime).format(ms);
}

/** 2026-08-22 10:00:00 UTC */
export function utc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
