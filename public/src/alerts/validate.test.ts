import { expect, it } from 'vitest';
import { faultsOf, secondsOf } from './validate';

const draft = { enabled: true, delay: '5', reminder: '0', webhook: '', channels: [] };

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
