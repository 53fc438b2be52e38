// Which stretch of time is looked at: zooming, moving, and where the axis has its marks. Pure; milliseconds.

export interface View {
  fromMs: number;
  toMs: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Nothing shorter than this is looked at. */
export const SPAN_LEAST_MS = 10 * MINUTE_MS;

const span = (view: View) => view.toMs - view.fromMs;

/** Moved and cut so that it lies within the whole. */
export function within(view: View, whole: View): View {
  const length = Math.min(span(whole), Math.max(SPAN_LEAST_MS, span(view)));
  const fromMs = Math.min(Math.max(view.fromMs, whole.fromMs), whole.toMs - length);
  return { fromMs, toMs: fromMs + length };
}

/** `factor` below 1 looks closer; what is at the share `at` (0 left, 1 right) stays there. */
export function zoom(view: View, whole: View, factor: number, at: number): View {
  const length = Math.min(span(whole), Math.max(SPAN_LEAST_MS, span(view) * factor));
  const fixed = view.fromMs + at * span(view);
  return within({ fromMs: fixed - at * length, toMs: fixed + (1 - at) * length }, whole);
}

/** By a share of what is seen; negative is into the past. */
export function move(view: View, whole: View, share: number): View {
  const by = share * span(view);
  return within({ fromMs: view.fromMs + by, toMs: view.toMs + by }, whole);
}

export function isWhole(view: View, whole: View): boolean {
  return view.fromMs <= whole.fromMs && view.toMs >= whole.toMs;
}

/** What the address asks for ("1700000000-1700003600", seconds), the whole when it asks for nothing that there is. */
export function readView(text: string | null, whole: View): View {
  const [from, to] = (text ?? '').split('-').map((part) => 1000 * Number(part));
  if (!from || !to || to <= from || to <= whole.fromMs || from >= whole.toMs) return whole;
  return within({ fromMs: from, toMs: to }, whole);
}

/** For the address; null for the whole. */
export function writeView(view: View, whole: View): string | null {
  return isWhole(view, whole) ? null : `${Math.round(view.fromMs / 1000)}-${Math.round(view.toMs / 1000)}`;
}

const STEPS_MS = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR_MS),
  ...[1, 2, 3, 7, 14, 28].map((n) => n * DAY_MS),
];

export interface Mark {
  ms: number;
  /** Midnight, local: the date is what is to be said. */
  isDay: boolean;
}

/** Marks at round local times, no closer than so many to the whole view. */
export function marksOf(view: View, most: number): Mark[] {
  const step = STEPS_MS.find((one) => span(view) / one <= most) ?? 28 * DAY_MS;
  const marks: Mark[] = [];
  // From a local midnight on, in local days: a day has 23 or 25 hours when the clocks change.
  const day = new Date(view.fromMs);
  day.setHours(0, 0, 0, 0);
  const stepDays = Math.max(1, Math.round(step / DAY_MS));
  while (day.getTime() <= view.toMs) {
    const midnight = day.getTime();
    const next = new Date(midnight);
    next.setDate(next.getDate() + stepDays);
    for (
      let ms = midnight;
      ms < next.getTime() && ms <= view.toMs;
      ms += step >= DAY_MS ? Number.POSITIVE_INFINITY : step
    )
      if (ms >= view.fromMs) marks.push({ ms, isDay: ms === midnight });
    day.setTime(next.getTime());
  }
  return marks;
}
