// What the small graphs of a card are made of. Pure.
import type { Sparkline } from '../api/types';

/** Minutes that a sparkline spans. */
const SPAN_MIN = 25 * 60;
/** Days that stand beside it. */
export const DAYS = 30;

/** Those of all cards. */
export interface SmallGraphs {
  fromMs: number;
  daysFromMs: number;
  byName: Map<string, Sparkline>;
}

export interface Curve {
  /** An SVG path each of a line and of the area below it, in a box of 100 by 24; holes of more than two hours stay open. */
  line: string;
  area: string;
  least: number;
  most: number;
}

const HOLE_MIN = 125;
const HEIGHT = 24;

/** null with fewer than two points: there is no line to draw. */
export function curveOf(points: readonly (readonly [minute: number, ms: number])[]): Curve | null {
  if (points.length < 2) return null;
  const values = points.map(([, ms]) => ms);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  // From zero where the numbers reach down to it anyway: a flat line must look flat.
  const floor = least < most * 0.5 ? 0 : least - (most - least) * 0.6 - most * 0.1;
  const scale = most > floor ? (HEIGHT - 3) / (most - floor) : 0;
  const at = ([minute, ms]: readonly [number, number]) =>
    [((100 * minute) / SPAN_MIN).toFixed(1), (HEIGHT - 1.5 - (ms - floor) * scale).toFixed(1)] as const;
  let line = '';
  let area = '';
  let begun: string | null = null;
  let last: string | null = null;
  points.forEach((point, i) => {
    const [x, y] = at(point);
    const before = points[i - 1];
    const broken = !before || point[0] - before[0] > HOLE_MIN;
    if (broken && begun !== null) area += `L${last} ${HEIGHT}L${begun} ${HEIGHT}Z`;
    line += `${broken ? 'M' : 'L'}${x} ${y}`;
    area += `${broken ? 'M' : 'L'}${x} ${y}`;
    if (broken) begun = x;
    last = x;
  });
  area += `L${last} ${HEIGHT}L${begun} ${HEIGHT}Z`;
  return { line, area, least, most };
}
