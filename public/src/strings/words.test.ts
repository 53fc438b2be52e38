import { expect, it } from 'vitest';
import { wordsOf } from './words';

it('whole numbers are written as Intl writes them', () => {
  for (const [locale, thousands] of [
    ['en-GB', ','],
    ['de-DE', '.'],
  ] as const) {
    const { number } = wordsOf(locale, thousands);
    for (const n of [0, 7, 999, 1000, 12_345, 999_999, 1_000_000, -4321, 0.5, 1234.5])
      expect(number(n)).toBe(n.toLocaleString(locale));
  }
});

it('one is one, and everything else is many', () => {
  const { count } = wordsOf('en-GB', ',');
  expect([0, 1, 2, 1001].map((n) => count(n, 'service', 'services'))).toEqual([
    '0 services',
    '1 service',
    '2 services',
    '1,001 services',
  ]);
});
