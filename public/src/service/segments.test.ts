import { describe, expect, it } from 'vitest';
import type { Status, StatusWindow } from '../api/types';
import { segmentsOf, sharesOf } from './segments';

function window(status: Status, start: number, end: number | null): StatusWindow {
  const stamp = (seconds: number) => new Date(seconds * 1000).toISOString();
  return {
    id: 1,
    status,
    started_at: stamp(start),
    ended_at: end === null ? null : stamp(end),
    duration_seconds: null,
  };
}

function pieces(windows: StatusWindow[]) {
  return segmentsOf(windows, 100_000, 200_000).map(({ light, fromMs, toMs }) => [light, fromMs / 1000, toMs / 1000]);
}

describe('the bar of a day', () => {
  it('is grey where nothing is known', () => {
    expect(pieces([])).toEqual([['no-data', 100, 200]]);
    expect(pieces([window('healthy', 120, 150)])).toEqual([
      ['no-data', 100, 120],
      ['healthy', 120, 150],
      ['no-data', 150, 200],
    ]);
  });

  it('clips windows, takes them in any order and lets an open one go on', () => {
    expect(pieces([window('down', 150, null), window('healthy', 50, 150), window('down', 0, 50)])).toEqual([
      ['healthy', 100, 150],
      ['down', 150, 200],
    ]);
  });

  it('never draws a moment twice', () => {
    expect(pieces([window('healthy', 90, 160), window('down', 140, 200)])).toEqual([
      ['healthy', 100, 160],
      ['down', 160, 200],
    ]);
  });

  it('adds up', () => {
    const shares = sharesOf(segmentsOf([window('healthy', 100, 175), window('down', 175, 180)], 100_000, 200_000));
    expect(shares).toEqual([
      ['healthy', 0.75],
      ['down', 0.05],
      ['no-data', 0.2],
    ]);
  });
});
