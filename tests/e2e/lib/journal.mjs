// Keeps the scheduler's journal from being written, as a full disk or a backup that does not let go would: a writer that holds its lock.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const HOLD = `import sqlite3, sys
journal = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
journal.execute('BEGIN IMMEDIATE')
print('held', flush=True)
sys.stdin.read()`;

/** From when this resolves until what it resolves with is called. */
export async function holdJournal(t, stack) {
  const holder = spawn('python3', ['-c', HOLD, stack.file('journal.sqlite')], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(holder, 'exit');
  t.after(() => holder.kill());
  await Promise.race([once(holder.stdout, 'data'), ended.then(([code]) => Promise.reject(new Error(`the journal could not be held: ${code}`)))]);
  return async () => {
    holder.stdin.end();
    await ended;
  };
}
