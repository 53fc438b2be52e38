// Numbers and times into text. Pure, but for the zone of the browser and the language in force.
import { t } from '../strings';
import { once } from '../strings/words';

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

/** To the second, for arithmetic that must add up: "2 d 3 h 4 min 5 s", without the units that are zero. */
export function exactDuration(seconds: number): string {
  const whole = Math.round(seconds);
  const parts = [
    [Math.floor(whole / DAY_S), t.days],
    [Math.floor((whole % DAY_S) / HOUR_S), t.hours],
    [Math.floor((whole % HOUR_S) / MINUTE_S), t.minutes],
    [whole % MINUTE_S, t.seconds],
  ] as const;
  const said = parts.filter(([n]) => n > 0).map(([n, unit]) => unit(n));
  return said.length > 0 ? said.join(' ') : t.seconds(0);
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
  const cut = Math.floor(value * scale + 1e-6) / scale;
  return t.percent(formats().fixed[digits]().format(cut));
}

export function milliseconds(ms: number): string {
  return ms < 10_000 ? t.milliseconds(Math.round(ms)) : t.seconds(Math.round(ms / 100) / 10);
}

/** At most three digits that say something. */
export function number(value: number): string {
  const digits = Number.isInteger(value) || Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString(t.locale, { maximumFractionDigits: digits });
}

function formatsOf(locale: string) {
  const date = (options: Intl.DateTimeFormatOptions) =>
    once(() => new Intl.DateTimeFormat(locale, { ...options, hourCycle: 'h23' }));
  const fixed = (digits: number) =>
    once(() => new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }));
  const clock = { hour: '2-digit', minute: '2-digit' } as const;
  const day = { day: 'numeric', month: 'short' } as const;
  return {
    locale,
    time: date(clock),
    seconds: date({ ...clock, second: '2-digit' }),
    dayTime: date({ ...day, ...clock }),
    day: date({ weekday: 'short', ...day }),
    year: date({ year: 'numeric', ...day }),
    fixed: { 0: fixed(0), 1: fixed(1), 2: fixed(2) },
  };
}

let made: ReturnType<typeof formatsOf> | undefined;

/** Those of the language in force. */
function formats() {
  if (made?.locale !== t.locale) made = formatsOf(t.locale);
  return made;
}

/** The local time of day, with the date where it is not that of `nowMs`. */
export function timeOfDay(ms: number, nowMs: number, withSeconds = false): string {
  const { seconds, time, dayTime, year } = formats();
  const sameDay = new Date(ms).toDateString() === new Date(nowMs).toDateString();
  if (sameDay) return (withSeconds ? seconds : time)().format(ms);
  return (new Date(ms).getFullYear() === new Date(nowMs).getFullYear() ? dayTime : year)().format(ms);
}

/** "Tue, 24 Nov" */
export function dayOf(ms: number): string {
  return formats().day().format(ms);
}

/** "24 Nov, 10:04", whatever day it is now. */
export function dayAndTime(ms: number): string {
  return formats().dayTime().format(ms);
}

/** 2026-08-22 10:00:00 UTC */
export function utc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
