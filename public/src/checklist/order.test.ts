import { expect, it } from 'vitest';
import type { ChecklistItem } from '../api/types';
import { closesAtOf, inOrder, isRunningAgain } from './page';

const item: ChecklistItem = {
  name: 'models',
  title: 'Models',
  help: null,
  required: true,
  passed: false,
  state: 'failed',
  error: 'missing',
  since: '2026-11-24T10:00:00Z',
  checked_at: '2026-11-24T10:00:20Z',
  failing_since: '2026-11-24T10:00:00Z',
  grace_ms: 60_000,
  latency_ms: 2,
  blocking: false,
  running: false,
  override: null,
};

it('a required check that fails closes the gate when its grace is over, and only then', () => {
  expect(closesAtOf(item)).toBe('2026-11-24T10:01:00.000Z');
  for (const other of [
    { ...item, blocking: true },
    { ...item, required: false },
    { ...item, state: 'passed' as const, failing_since: null },
    { ...item, state: 'overridden' as const },
  ])
    expect(closesAtOf(other)).toBe(null);
});

it('what fails and holds the gate stands first, what is well last', () => {
  const of = (name: string, state: ChecklistItem['state'], required = true) => ({ ...item, name, state, required });
  const items = [
    of('a', 'passed'),
    of('b', 'failed', false),
    of('c', 'pending'),
    of('d', 'failed'),
    of('e', 'overridden'),
  ];
  expect(inOrder(items).map((one) => one.name)).toEqual(['d', 'b', 'c', 'e', 'a']);
});

it('what has a state is marked while it runs again; what has none yet is shown as waiting already', () => {
  const states: ChecklistItem['state'][] = ['passed', 'failed', 'overridden', 'pending', 'running'];
  const marked = (running: boolean) => states.filter((state) => isRunningAgain({ ...item, state, running }));
  expect(marked(true)).toEqual(['passed', 'failed', 'overridden']);
  expect(marked(false)).toEqual([]);
});
