// An hour without Postgres at 1,000 services every 30 s, as fast as it can be lived through: 1,000 services every second for two minutes are as many results.
// Then it is back: how long until nothing waits, while as many new results keep coming, and whether any check is late for it.
import { report } from './lib.mjs';

const SERVICES = 1000;
const RESULTS = 120000;

export default async function bench() {
  const { startStack, until } = await import('../e2e/lib/stack.mjs');
  const endings = [];
  const context = { after: (fn) => endings.push(fn) };
  try {
    const stack = await startStack(context, {
      parts: ['scheduler'],
      postgres: { fsync: 'on', shared_buffers: '256MB', max_wal_size: '2GB' },
      checks: {
        'many.lua': `for i = 1, ${SERVICES} do
          service { name = "s" .. i, every = "1s", probe = function() return { load = i % 7, queue = 3, version = "0.12.1" } end }
        end`,
      },
    });
    const status = () => stack.control({ op: 'status' });
    const entries = async () => (await status()).journal.entries;
    await until('all is stored', async () => (await entries()) < SERVICES);
    await stack.postgres.freeze();
    await until(`${RESULTS} results wait`, async () => (await entries()) >= RESULTS, 600);
    const before = await status();
    const waiting = before.journal.entries;
    const began = performance.now();
    stack.postgres.resume();
    await until('nothing waits', async () => (await entries()) < SERVICES, 600);
    const seconds = (performance.now() - began) / 1000;
    const after = await status();
    const [{ rows }] = await stack.sql('SELECT count(*)::int AS rows FROM health_checks');
    report(`${waiting} results of an outage, drained while ${SERVICES} a second go on being made`, `${seconds.toFixed(1)} s (${(rows / seconds).toFixed(0)} a second)`,
      'under 120 s', seconds < 120);
    report('  99 of 100 of the last 4,096 runs began within', `${after.runs.late_p99_ms.toFixed(1)} ms of their due time (${before.runs.late_p99_ms.toFixed(1)} ms during the outage)`,
      'at most 250 ms', after.runs.late_p99_ms <= 250);
    const skipped = after.runs.skipped - before.runs.skipped;
    report('  checks left out meanwhile', String(skipped), 'none', skipped === 0);
  } finally {
    for (const end of endings.reverse()) await end();
  }
}
