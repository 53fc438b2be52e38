import { expect, it } from 'vitest';
import { readKept } from './session';

it('what is remembered of a log-in is a name and a role, and nothing else is believed', () => {
  expect(readKept('{"user":"ada","role":"admin","more":1}')).toEqual({ user: 'ada', role: 'admin' });
  for (const text of [
    null,
    '',
    '{',
    'null',
    '1',
    '[]',
    '{}',
    '{"user":"ada"}',
    '{"user":"","role":"admin"}',
    '{"user":"ada","role":"root"}',
  ])
    expect(readKept(text), String(text)).toBeNull();
});
