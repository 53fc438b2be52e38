import { expect, it, vi } from 'vitest';
import { piece, type Surroundings } from './pieces';

function around(answers: boolean[], reload = true) {
  return {
    answers: vi.fn(async () => answers.shift() ?? true),
    wait: vi.fn(async () => undefined),
    reload: vi.fn(() => reload),
  } satisfies Surroundings;
}

const failing = (times: number) => {
  let left = times;
  return vi.fn(async () => {
    if (left-- > 0) throw new TypeError('Failed to fetch dynamically imported module');
    return 'piece';
  });
};

it('a piece that is there is had at once, and nobody is asked', async () => {
  const browser = around([]);
  expect(await piece(failing(0), browser)).toBe('piece');
  expect(browser.answers).not.toHaveBeenCalled();
});

it('while the server is away it is waited for, not asked for', async () => {
  const browser = around([false, false, true]);
  const load = failing(1);
  expect(await piece(load, browser)).toBe('piece');
  expect([browser.wait.mock.calls.length, load.mock.calls.length, browser.reload.mock.calls.length]).toEqual([2, 2, 0]);
});

it('a server without it has a newer page: that one is loaded', async () => {
  const browser = around([true]);
  void piece(failing(9), browser);
  await vi.waitFor(() => expect(browser.reload).toHaveBeenCalledOnce());
});

it('but not again and again', async () => {
  await expect(piece(failing(9), around([true], false))).rejects.toThrow('dynamically imported');
});
