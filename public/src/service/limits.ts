// A measure against its limits: which one is met, and how far it is to the others. Pure.
import type { Limits, Measure } from '../api/types';

export interface Limit {
  light: 'degraded' | 'down';
  /** As written: "> 85". */
  comparison: string;
  operator: '>' | '>=' | '<' | '<=' | '==' | '~=';
  /** What is compared with, where that is a number. */
  bound: number | null;
  met: boolean;
}

const COMPARISON = /^\s*(>=|<=|==|~=|>|<)\s*(.+?)\s*$/;

function boundText(text: string): string {
  return text.replace(/^(['"])(.*)\1$/, '$2');
}

function isMet(measure: Measure, operator: Limit['operator'], text: string): boolean {
  const bound = Number(text);
  if (operator === '==' || operator === '~=') {
    const same = typeof measure === 'number' ? measure === bound : String(measure) === boundText(text);
    return same === (operator === '==');
  }
  if (typeof measure !== 'number') return false;
  if (operator === '>') return measure > bound;
  if (operator === '>=') return measure >= bound;
  return operator === '<' ? measure < bound : measure <= bound;
}

/** The worse first. What cannot be read is left out: the scheduler has refused it long before. */
export function readLimits(measure: Measure, limits: Limits | undefined): Limit[] {
  const list: Limit[] = [];
  for (const light of ['down', 'degraded'] as const) {
    const comparison = limits?.[light];
    const [, operator, text] = COMPARISON.exec(comparison ?? '') ?? [];
    if (!comparison || !operator || !text) continue;
    const bound = Number(text);
    list.push({
      light,
      comparison,
      operator: operator as Limit['operator'],
      bound: Number.isNaN(bound) ? null : bound,
      met: isMet(measure, operator as Limit['operator'], text),
    });
  }
  return list;
}

/** The worst limit that is met. */
export function worstMet(limits: readonly Limit[]): Limit | null {
  return limits.find((limit) => limit.met) ?? null;
}

/** How far a number is from a limit that it does not meet; null where that has no meaning. */
export function marginOf(measure: Measure, { met, bound, operator }: Limit): number | null {
  if (typeof measure !== 'number' || met || bound === null || operator === '==' || operator === '~=') return null;
  return Math.abs(bound - measure);
}

/** Where value and limits stand on a scale from 0 to 1 that begins at zero and has room beyond the last; null where a scale has no meaning. */
export function scaleOf(
  measure: Measure,
  limits: readonly Limit[],
): { value: number; marks: { light: Limit['light']; at: number }[] } | null {
  if (typeof measure !== 'number' || measure < 0) return null;
  const marks = limits.flatMap(({ light, bound, operator }) =>
    bound !== null && bound >= 0 && operator !== '==' && operator !== '~=' ? [{ light, at: bound }] : [],
  );
  const most = Math.max(...marks.map((mark) => mark.at));
  if (marks.length === 0 || most <= 0) return null;
  const full = most * 1.15;
  return {
    value: Math.min(1, measure / full),
    marks: marks.map(({ light, at }) => ({ light, at: at / full })),
  };
}

const UNITS: readonly [suffix: string, unit: string][] = [
  ['_pct', '%'],
  ['_ms', 'ms'],
  ['_s', 's'],
  ['_gib', 'GiB'],
  ['_mib', 'MiB'],
];

/** "pool_used_pct" is a name and a unit: "Pool used", "%". */
export function readName(name: string): { label: string; unit: string } {
  const [suffix, unit] = UNITS.find(([end]) => name.endsWith(end) && name.length > end.length) ?? ['', ''];
  const words = name.slice(0, name.length - suffix.length).replaceAll('_', ' ');
  return { label: words.charAt(0).toUpperCase() + words.slice(1), unit };
}
