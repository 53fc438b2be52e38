import { expect, it } from 'vitest';
import { columnsOf, rowsOf, rowWith } from './rows';

const sections = [
  { group: null, names: ['a', 'b', 'c', 'd'] },
  { group: 'Rest', names: ['e', 'f', 'g', 'h', 'i'] },
];

it('as many cards side by side as have room', () => {
  expect([0, 320, 635, 636, 1200].map((width) => columnsOf(width, false))).toEqual([1, 1, 1, 2, 3]);
  expect(columnsOf(1200, true)).toBe(4);
});

it('rows of headings and cards, small ones only where nothing is wrong', () => {
  expect(
    rowsOf(sections, 1200, true).map((row) =>
      row.kind === 'head' ? row.count : [row.names.join(''), row.dense, row.first],
    ),
  ).toEqual([4, ['abc', false, 0], ['d', false, 3], 5, ['efgh', true, 4], ['i', true, 8]]);
});

it('finds a card again', () => {
  const rows = rowsOf(sections, 1200, false);
  expect(rowWith(rows, 'd')).toBe(2);
  expect(rowWith(rows, 'nobody')).toBe(-1);
});
