import { describe, expect, it } from 'vitest';
import { isTrusted, nextAskMs, readInterval } from './refresh';

describe('refreshing', () => {
  it('takes only the intervals on offer', () => {
    expect(['5', '10', '60', '7', '', 'x', null].map(readInterval)).toEqual([5, 10, 60, 30, 30, 30, 30]);
  });

  it('asks more often while the server is lost', () => {
    expect([nextAskMs(30, false), nextAskMs(30, true), nextAskMs(60, true), nextAskMs(5, true)]).toEqual([
      30000, 5000, 5000, 5000,
    ]);
  });

  it('counts from the last answer, and lets nothing that comes each second put off what is due', () => {
    expect(nextAskMs(30, false, 12_000)).toBe(18_000);
    expect(nextAskMs(30, false, 31_000)).toBeLessThan(500);
  });

  it('believes an answer for three intervals, in a hidden tab for three minutes', () => {
    expect(isTrusted(90_000, 30, false)).toBe(true);
    expect(isTrusted(90_001, 30, false)).toBe(false);
    expect(isTrusted(90_001, 30, true)).toBe(true);
    expect(isTrusted(180_001, 5, true)).toBe(false);
  });
});
