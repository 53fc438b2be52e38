import { expect, it } from 'vitest';
import { basic, nameOf } from './session';

it('credentials hold any Unicode, and give the name back', () => {
  expect(basic('admin', 'secret')).toBe('Basic YWRtaW46c2VjcmV0');
  expect(nameOf(basic('Jürgen', 'pässwört: 東京'))).toBe('Jürgen');
  expect(nameOf('Basic !')).toBeNull();
  expect(nameOf(basic('', 'x'))).toBeNull();
});
