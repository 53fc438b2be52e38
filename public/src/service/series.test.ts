import { expect, it } from 'vitest';
import type { Series } from '../api/types';
import { hasLine, readRange, withHoles } from './series';

function series(at: number[]): Series {
  const all = (value: number) => at.map(() => value);
  return {
    service_name: 'a',
    from: '',
    to: '',
    step_seconds: 300,
    at,
    healthy: all(1),
    degraded: all(0),
    down: all(0),
    median_ms: all(5),
    p95_ms: all(8),
    max_ms: all(9),
  };
}

it('no line runs over time of which nothing is known', () => {
  expect(withHoles(series([0, 300, 1500, 1800]))).toEqual([
    [0, 300, 600, 1500, 1800],
    [5, 5, null, 5, 5],
    [8, 8, null, 8, 8],
    [9, 9, null, 9, 9],
  ]);
  expect(withHoles(series([]))).toEqual([[], [], [], []]);
});

it('a range is one of three', () => {
  expect([null, '', '7d', '30d', '24h', '365d'].map(readRange)).toEqual(['24h', '24h', '7d', '30d', '24h', '24h']);
});

it('a line begins with the second of two buckets beside one another', () => {
  expect([[], [0], [0, 900], [0, 900, 1200]].map((at) => hasLine(series(at)))).toEqual([false, false, false, true]);
  expect(hasLine({ ...series([0, 300]), median_ms: [5, null] })).toBe(false);
});
