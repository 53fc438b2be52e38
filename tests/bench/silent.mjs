// 5,000 checks that wait for targets which take the connection and never answer, and how late that makes the others.
import { memory, childrenOf, report, startSilence, startTarget } from './lib.mjs';

const SILENT = 5000;
const OTHERS = 200;
const SECONDS = 40;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export default async function bench() {
  const { startStack, until } = await import('../e2e/lib/stack.mjs');
  const target = await startTarget(), silence = await startSilence();
  const endings = [];
  try {
    const stack = await startStack({ after: (fn) => endings.push(fn) }, {
      parts: ['scheduler'],
      checks: {
        'others.lua': `for i = 1, ${OTHERS} do
          service { name = "other" .. i, every = "1s", retry_every = "1s", probe = function() http.get("${target.url}/" .. i):expect(200) end }
        end`,
      },
    });
    await stack.writeCheck('silent.lua', `for i = 1, ${SILENT} do
      service { name = "silent" .. i, every = "20s", timeout = "55s", probe = function() http.get("http://127.0.0.1:${silence.port}/" .. i) end }
    end`);
    await stack.reload();
    await until(`${SILENT} are on their way`, async () => silence.held() >= SILENT && (await stack.control({ op: 'status' })).runners.reduce((n, r) => n + r.running, 0) >= SILENT, 120);
    // The longest that one of the others went without a run since then, beyond its interval: what its results say in Postgres.
    const [{ since }] = await stack.sql('SELECT now() AS since');
    let least = Infinity;
    for (let second = 0; second < SECONDS; second++) {
      await pause(1000);
      least = Math.min(least, silence.held());
    }
    await stack.sync();
    const [{ late, runs, sick }] = await stack.sql(`
      SELECT max(extract(epoch FROM gap) - 1)::float8 AS late, count(*)::int AS runs, count(*) FILTER (WHERE status <> 'healthy')::int AS sick FROM (
        SELECT status, checked_at, checked_at - lag(checked_at) OVER (PARTITION BY service_name ORDER BY checked_at) AS gap FROM health_checks
        WHERE service_name LIKE 'other%') AS g WHERE checked_at > '${since}'`);
    const pids = childrenOf(stack.programs.scheduler.pid);
    report(`${SILENT} checks in flight that are never answered (never fewer than ${least}): ${OTHERS} others every second came late by at most`,
      `${(1000 * late).toFixed(0)} ms (${runs} runs, ${sick} of them not healthy)`, 'at most 1 s', late <= 1 && sick === 0);
    report('  runners', `${pids.map((pid) => (memory(pid).pss / 1024).toFixed(1)).join(' and ')} MiB`);
  } finally {
    for (const end of endings.reverse()) await end();
    silence.stop();
    await target.stop();
  }
}
