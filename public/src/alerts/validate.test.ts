import { expect, it } from 'vitest';
import { faultsOf, lengthText, secondsOf } from './validate';

const draft = { enabled: true, delay: '5', reminder: '0', webhook: '', channels: [] };

it('a length that has a unit is what it says, and is shown as it can be typed', () => {
  expect(['30 s', '90s', '5 min', '5m', '2 h', '1 d', '1,5', '1.5 h'].map(secondsOf)).toEqual([
    30, 90, 300, 300, 7200, 86_400, 90, 5400,
  ]);
  expect(['5 weeks', 's', '1.2.3', '5 s s'].map(secondsOf)).toEqual([null, null, null, null]);
  for (const seconds of [0, 1, 2, 59, 60, 100, 300, 86_400]) expect(secondsOf(lengthText(seconds))).toBe(seconds);
});

it('minutes as people type them', () => {
  expect(['5', ' 0 ', '1.5', '', 'five', '-1', '1e3'].map(secondsOf)).toEqual([300, 0, 90, null, null, null, null]);
});

it('says what is wrong while one types, and nothing when nothing is', () => {
  expect(faultsOf(draft)).toEqual({});
  expect(Object.keys(faultsOf({ ...draft, delay: '1441' }))).toEqual(['delay']);
  expect(Object.keys(faultsOf({ ...draft, reminder: 'x' }))).toEqual(['reminder']);
  for (const webhook of ['hooks.example', 'ftp://a/b', 'javascript:alert(1)'])
    expect(Object.keys(faultsOf({ ...draft, webhook }))).toEqual(['webhook']);
  expect(faultsOf({ ...draft, webhook: 'https://hooks.example/x' })).toEqual({});
});
