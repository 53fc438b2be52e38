import { expect, test } from 'vitest';
import { t } from '../strings';
import { withPiece } from './follow';

const piece = (lines: string[], gap = false) => ({ lines, gap, error: null, ended: null });

test('pieces go on where the last one ended, say what is missing, and a new stream begins anew', () => {
  const first = withPiece(undefined, 'app', piece(['a', 'b']), true, '2026-11-24T10:00:00Z');
  expect(first).toMatchObject({ service_name: 'app', lines: ['a', 'b'], taken_at: '2026-11-24T10:00:00Z' });
  const second = withPiece(first, 'app', piece(['c'], true), false, '2026-11-24T10:00:01Z');
  expect(second.lines).toEqual(['a', 'b', t.logs.gap, 'c']);
  expect(withPiece(second, 'app', piece(['c', 'd']), true, '').lines).toEqual(['c', 'd']);
  const many = Array.from({ length: 3000 }, (_, i) => String(i));
  expect(withPiece(first, 'app', piece(many), false, '').lines).toEqual(many.slice(-2000));
});
