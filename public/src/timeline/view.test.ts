import { describe, expect, it } from 'vitest';
import { isWhole, marksOf, move, readView, SPAN_LEAST_MS, within, writeView, zoom } from './view';

const H = 3_600_000;
const whole = { fromMs: 1_000 * H, toMs: 1_100 * H };

describe('what is looked at', () => {
  it('zooms around what is under the pointer', () => {
    const near = zoom(whole, whole, 0.5, 0.2);
    expect(near.toMs - near.fromMs).toBe(50 * H);
    expect(near.fromMs + 0.2 * 50 * H).toBe(1_020 * H);
    expect(zoom(near, whole, 10, 0.5)).toEqual(whole);
    expect(zoom(whole, whole, 0, 1)).toEqual({ fromMs: whole.toMs - SPAN_LEAST_MS, toMs: whole.toMs });
  });

  it('never leaves the whole', () => {
    const near = { fromMs: 1_010 * H, toMs: 1_020 * H };
    expect(move(near, whole, -5)).toEqual({ fromMs: 1_000 * H, toMs: 1_010 * H });
    expect(move(near, whole, 50)).toEqual({ fromMs: 1_090 * H, toMs: 1_100 * H });
    expect(within({ fromMs: 0, toMs: 9_000 * H }, whole)).toEqual(whole);
  });

  it('stands in the address, unless it is all', () => {
    const near = { fromMs: 1_010 * H, toMs: 1_020 * H };
    expect(readView(writeView(near, whole), whole)).toEqual(near);
    expect(writeView(whole, whole)).toBeNull();
    for (const text of [null, '', 'x-y', '5-1', '1-2']) expect(isWhole(readView(text, whole), whole)).toBe(true);
  });
});

describe('the axis', () => {
  it('has its marks at round times and not too many', () => {
    const noon = new Date(2026, 10, 24, 12, 7).getTime();
    const marks = marksOf({ fromMs: noon - 24 * H, toMs: noon }, 8);
    expect(marks.map(({ ms }) => new Date(ms).getHours())).toEqual([15, 18, 21, 0, 3, 6, 9, 12]);
    expect(marks.filter(({ isDay }) => isDay)).toHaveLength(1);
    const month = marksOf({ fromMs: noon - 30 * 24 * H, toMs: noon }, 8);
    expect(month.length).toBeGreaterThan(3);
    expect(month.length).toBeLessThanOrEqual(8);
    expect(month.every(({ isDay }) => isDay)).toBe(true);
    // A week on a telephone has room for three marks, and more than one of them is in its middle.
    const week = marksOf({ fromMs: noon - 7 * 24 * H, toMs: noon }, 3);
    expect(week.map(({ ms }) => Math.round((noon - ms) / (24 * H)))).toEqual([5, 2]);
    expect(marksOf({ fromMs: noon, toMs: noon + SPAN_LEAST_MS }, 8).length).toBeGreaterThan(3);
  });
});
