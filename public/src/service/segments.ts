// Windows as pieces of a bar. Time that no window covers is not known, and grey. Pure.
import type { StatusWindow } from '../api/types';
import type { Light } from '../health/light';

export interface Segment {
  light: Light;
  fromMs: number;
  toMs: number;
  /** Of the window, where it has one. */
  id?: number;
}

/** Pieces without gap from `fromMs` to `toMs`, oldest first. */
export function segmentsOf(
  windows: readonly (StatusWindow & { id?: number })[],
  fromMs: number,
  toMs: number,
): Segment[] {
  const segments: Segment[] = [];
  let coveredMs = fromMs;
  const ordered = [...windows].sort((a, b) => Date.parse(a.started_at) - Date.parse(b.started_at));
  for (const window of ordered) {
    const start = Math.max(coveredMs, Date.parse(window.started_at));
    const end = Math.min(toMs, window.ended_at ? Date.parse(window.ended_at) : toMs);
    if (end <= start) continue;
    if (start > coveredMs) segments.push({ light: 'no-data', fromMs: coveredMs, toMs: start });
    segments.push({
      light: window.status,
      fromMs: start,
      toMs: end,
      ...(window.id === undefined ? {} : { id: window.id }),
    });
    coveredMs = end;
  }
  if (coveredMs < toMs) segments.push({ light: 'no-data', fromMs: coveredMs, toMs });
  return segments;
}

/** Share of each light in the whole, 0 to 1; only those that occur. */
export function sharesOf(segments: readonly Segment[]): [Light, number][] {
  const sums = new Map<Light, number>();
  let whole = 0;
  for (const { light, fromMs, toMs } of segments) {
    sums.set(light, (sums.get(light) ?? 0) + toMs - fromMs);
    whole += toMs - fromMs;
  }
  return whole > 0 ? [...sums].map(([light, sum]) => [light, sum / whole]) : [];
}
