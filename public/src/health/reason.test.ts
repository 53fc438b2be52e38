import { expect, it } from 'vitest';
import { reasonOf } from './reason';

it('a card says what is wrong, or why nothing is known', () => {
  const healthy = { status: 'healthy', stale: false, error_message: null } as const;
  expect(reasonOf(healthy, true)).toBeNull();
  expect(reasonOf({ ...healthy, error_message: 'a limit was near' }, true)).toBeNull();
  expect(reasonOf({ ...healthy, status: 'down', error_message: 'refused' }, true)).toBe('refused');
  expect(reasonOf({ ...healthy, stale: true }, true)).toMatch(/last seen healthy/);
  expect(reasonOf({ ...healthy, status: 'down', stale: true, error_message: 'refused' }, true)).toMatch(
    /last seen down: refused/,
  );
  expect(reasonOf({ ...healthy, status: null }, true)).toMatch(/first result/);
  expect(reasonOf({ ...healthy, status: null, error_message: 'x.lua:3: a bug' }, false)).toBe('x.lua:3: a bug');
  expect(reasonOf(healthy, false)).toMatch(/Not heard from the server/);
});
