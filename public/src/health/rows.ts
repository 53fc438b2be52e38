// The grid as rows, for a window that draws only those that are seen: a heading, or as many cards as stand side by side. Pure.
import type { Arrangement } from './arrange';

export type Row =
  | { kind: 'head'; key: string; group: string | null; count: number }
  | { kind: 'cards'; key: string; names: readonly string[]; dense: boolean; attention: boolean; first: number };

/** Widths in CSS pixels, as in page.css. */
const CARD_LEAST = 310;
const CARD_GAP = 16;
const DENSE_LEAST = 272;
const DENSE_GAP = 8;

/** From so many services on, healthy ones are shown small. */
const DENSE_FROM = 49;

export function isDense(services: number): boolean {
  return services >= DENSE_FROM;
}

export function columnsOf(width: number, dense: boolean): number {
  const [least, gap] = dense ? [DENSE_LEAST, DENSE_GAP] : [CARD_LEAST, CARD_GAP];
  return Math.max(1, Math.floor((width + gap) / (least + gap)));
}

/** `dense`: healthy cards are small; what needs attention never is. */
export function rowsOf(sections: Arrangement, width: number, dense: boolean): Row[] {
  const rows: Row[] = [];
  let first = 0;
  for (const { group, names } of sections) {
    const small = dense && group !== null;
    const columns = columnsOf(width, small);
    rows.push({ kind: 'head', key: `head ${group ?? ''}`, group, count: names.length });
    for (let i = 0; i < names.length; i += columns) {
      const some = names.slice(i, i + columns);
      rows.push({
        kind: 'cards',
        key: `${group ?? ''} ${i / columns}`,
        names: some,
        dense: small,
        attention: group === null,
        first: first + i,
      });
    }
    first += names.length;
  }
  return rows;
}

/** Guessed heights before a row was measured, CSS pixels; the gap below it included. */
export function heightOf(row: Row): number {
  if (row.kind === 'head') return 64;
  return row.dense ? 90 : 236;
}

/** Where a service stands; -1 when it is not shown. */
export function rowWith(rows: readonly Row[], name: string): number {
  return rows.findIndex((row) => row.kind === 'cards' && row.names.includes(name));
}
