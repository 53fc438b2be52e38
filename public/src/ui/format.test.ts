import { describe, expect, it } from 'vitest';
import { longDuration, milliseconds, number, percent, secondsBetween, shortDuration, utc } from './format';

describe('formats', () => {
  it('durations in at most two units', () => {
    expect([0, 59, 60, 3599, 3600, 3660, 86399, 86400, 90000, 273600].map(shortDuration)).toEqual([
      '0 s',
      '59 s',
      '1 min',
      '59 min',
      '1 h',
      '1 h 1 min',
      '23 h 59 min',
      '1 d',
      '1 d 1 h',
      '3 d 4 h',
    ]);
    expect([0, 60, 240, 3600, 86400, 172800].map(longDuration)).toEqual([
      'less than a minute',
      '1 minute',
      '4 minutes',
      '1 hour',
      '24 hours',
      '2 days',
    ]);
    expect(secondsBetween(2000, 1000)).toBe(0);
  });

  it('percentages are rounded down: 100 means that nothing is missing', () => {
    expect([100, 99.9999, 99.98, 99, 98.76, 50, 0].map(percent)).toEqual([
      '100 %',
      '99.99 %',
      '99.98 %',
      '99.00 %',
      '98.7 %',
      '50.0 %',
      '0 %',
    ]);
  });

  it('numbers with what says something', () => {
    expect([1, 12.345, 1.2345, 1234.5].map(number)).toEqual(['1', '12.3', '1.23', '1,235']);
    expect([0, 12.4, 9999, 12345].map(milliseconds)).toEqual(['0 ms', '12 ms', '9999 ms', '12.3 s']);
    expect(utc(0)).toBe('1970-01-01 00:00:00 UTC');
  });
});
