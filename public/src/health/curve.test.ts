import { expect, it } from 'vitest';
import { curveOf } from './curve';

it('a line needs two points', () => {
  expect(curveOf([])).toBeNull();
  expect(curveOf([[30, 5]])).toBeNull();
  expect(
    curveOf([
      [0, 5],
      [750, 10],
    ]),
  ).toMatchObject({ least: 5, most: 10 });
});

it('is open where nothing is known', () => {
  const curve = curveOf([
    [0, 10],
    [60, 20],
    [600, 10],
    [660, 20],
  ]);
  expect(curve?.line.match(/M/g)).toHaveLength(2);
  expect(curve?.area.match(/Z/g)).toHaveLength(2);
});

it('what hardly moves looks flat, and what moves a lot begins at zero', () => {
  const ys = (points: [number, number][]) =>
    [...(curveOf(points)?.line.matchAll(/[ML]\S+ (\S+?)(?=[ML]|$)/g) ?? [])].map((m) => Number(m[1]));
  const flat = ys([
    [0, 10],
    [60, 10],
  ]);
  expect(flat[0]).toBe(flat[1]);
  const [low = 0, high = 0] = ys([
    [0, 0],
    [60, 50],
  ]);
  expect(low).toBe(22.5);
  expect(high).toBe(1.5);
});
