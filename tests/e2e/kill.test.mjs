// Processes are killed without warning, while they are at work.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { startStack, until } from './lib/stack.mjs';

const runners = async (stack) => (await stack.control({ op: 'status' })).runners;

/** A service that only the test runs. */
const still = (name, url, more = '') => `service {
  name = "${name}", every = "24h", retry_every = "24h", timeout = "20s", fall = 1, ${more}
  probe = function() return { n = http.get("${url}"):expect(200):json().n } end,
}
`;

test('promise 1: kill -9 of a runner mid-run: the run is repeated, its one result is kept, its neighbours never notice', async (t) => {
  const stack = await startStack(t, {
    runners: 1,
    answer: () => ({ n: 1 }),
    checks: ({ target }) => ({ 'hung.lua': still('hung', `${target.url}/hung`), 'other.lua': still('other', `${target.url}/other`) }),
  });
  const asked = [];
  stack.target.answer = (request) => {
    asked.push(request.url);
    return { n: 2 };
  };
  stack.target.hold();
  const answers = Promise.all([stack.recheck('hung'), stack.recheck('other')]);
  await until('both runs are at the target', () => stack.target.held.length === 2);

  const [{ pid, running }] = await runners(stack);
  assert.equal(running, 2);
  process.kill(pid, 'SIGKILL');
  await until('the runs are at the target again', () => stack.target.held.length === 4);
  stack.target.release();

  for (const answer of await answers) assert.deepEqual([answer.ok, answer.status], [true, 'healthy']);
  const [successor] = await runners(stack);
  assert.notEqual(successor.pid, pid);
  assert.equal(successor.restarts, 1);
  await stack.sync();
  for (const name of ['hung', 'other']) {
    const rows = await stack.results(name);
    assert.deepEqual(
      rows.map((row) => [row.status, row.details_json.n]),
      [
        ['healthy', 1],
        ['healthy', 2],
      ],
    );
    assert.equal((await stack.windows(name)).length, 1);
  }
});

test('a runner that stands still is replaced, and its runs are repeated', async (t) => {
  const stack = await startStack(t, {
    runners: 1,
    answer: () => ({ n: 1 }),
    checks: ({ target }) => ({ 'still.lua': still('still', target.url) }),
    parts: ['scheduler'],
  });
  const [{ pid }] = await runners(stack);
  process.kill(pid, 'SIGSTOP');
  assert.deepEqual([(await stack.recheck('still')).status, (await runners(stack))[0].restarts], ['healthy', 1]);
});

test('promise 1: kill -9 of the scheduler or of Postgres mid-batch: every acknowledged result is in Postgres exactly once, quick restarts leave no hole', async (t) => {
  // Each answer of the target is a number that was never given before, and a result says its number: what was acknowledged can be looked for.
  let given = 0;
  const many = (target) =>
    Array.from(
      { length: 30 },
      (_, n) => `service {
    name = "busy-${n}", every = "100ms", timeout = "2s", fall = 1,
    probe = function() return http.get("${target.url}/"):expect(200):json() end,
    judge = function(m) return degraded("number " .. m.n .. ".") end,
  }
  `,
    ).join('');
  const calm = (target) => Array.from({ length: 4 }, (_, n) => still(`calm-${n}`, target.url)).join('');
  const stack = await startStack(t, {
    answer: () => ({ n: ++given }),
    checks: ({ target }) => ({ 'busy.lua': many(target), 'calm.lua': calm(target) }),
    parts: ['scheduler'],
  });
  const acknowledged = [];

  /** Eight ask without a pause; the moment that the last of `times` answers is there `strike` is called. */
  async function under(times, strike) {
    let left = times;
    const ask = async (first) => {
      for (let n = first; left > 0; n = (n + 1) % 30) {
        const answer = await stack.recheck(`busy-${n}`).catch(() => null);
        if (!answer?.ok) continue; // it has been killed, or its file is not read yet
        acknowledged.push(answer.error_message);
        if (--left === 0) strike();
      }
    };
    await Promise.all([0, 4, 8, 12, 16, 20, 24, 28].map(ask));
  }
  const backends = `SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`;

  for (let round = 0; round < 4; round++) {
    const { programs } = stack;
    await under(60, () => process.kill(programs.scheduler.pid, 'SIGKILL'));
    await stack.kill('scheduler');
    await stack.start('scheduler');
    await stack.reload();
    // The server process that takes the results. Postgres then ends all others and recovers.
    await stack.sync();
    const [{ pid }] = await stack.sql(backends);
    await under(60, () => process.kill(pid, 'SIGKILL'));
  }
  await until('Postgres has recovered', () => stack.postgres.exec('SELECT 1'));
  await stack.sync();

  assert.ok(acknowledged.length >= 480);
  const found = await stack.sql(
    `SELECT error_message AS said, count(*)::int AS times FROM health_checks WHERE service_name LIKE 'busy-%' GROUP BY 1`,
  );
  const times = new Map(found.map((row) => [row.said, row.times]));
  assert.deepEqual(
    acknowledged.filter((said) => !times.has(said)),
    [],
    'acknowledged, but not in Postgres',
  );
  assert.deepEqual(
    found.filter((row) => row.times !== 1),
    [],
    'in Postgres more than once',
  );

  const faults = await stack.sql(`
    SELECT service_name, status, started_at, ended_at FROM (
      SELECT *, lag(ended_at) OVER (PARTITION BY service_name ORDER BY started_at, id) AS before FROM uptime_records) AS w
    WHERE before > started_at OR ended_at < started_at OR (service_name LIKE 'calm-%' AND (before IS NOT NULL OR status <> 'healthy'))
       OR (service_name LIKE 'busy-%' AND status <> 'degraded')`);
  assert.deepEqual(faults, []);
  const [{ open }] = await stack.sql(`SELECT count(*)::int AS open FROM uptime_records WHERE ended_at IS NULL`);
  assert.equal(open, 34, 'each service has its one open window');
});

test('a stop that lasts longer than results speak for is a hole in the timeline, not downtime', async (t) => {
  const stack = await startStack(t, {
    checks: ({ target }) => ({
      'quick.lua': still('quick', target.url).replace('every = "24h"', 'every = "100ms"').replace('retry_every = "24h", ', ''),
    }),
    answer: () => ({ n: 1 }),
    parts: ['scheduler'],
  });
  await stack.recheck('quick');
  await stack.sync();
  const before = await stack.results('quick');
  await stack.kill('scheduler');
  const last = new Date(before[before.length - 1].checked_at).getTime();
  await until('three intervals are over', () => Date.now() > last + 400);
  await stack.start('scheduler');
  await stack.reload();
  await stack.recheck('quick');
  await until('the hole was noticed', async () => (await stack.sync()) && (await stack.windows('quick')).length === 2);

  const [first, second] = await stack.windows('quick');
  const results = await stack.results('quick');
  const stamp = (text) => new Date(text).getTime();
  const lastBefore = results.filter((row) => stamp(row.checked_at) <= stamp(first.ended_at)).pop();
  const firstAfter = results.find((row) => stamp(row.checked_at) > stamp(first.ended_at));
  assert.equal(stamp(first.ended_at) - stamp(lastBefore.checked_at), 100, 'the window ends with the interval of its last result');
  assert.equal(second.started_at, firstAfter.checked_at, 'the next one begins with the next result');
  assert.deepEqual([first.status, second.status, second.ended_at], ['healthy', 'healthy', null]);
  assert.equal(stamp((await stack.service('quick')).up_since), stamp(second.started_at), 'it is up since the hole, not since before');
});

test('promise 1: kill -9 of nginx, of the API and of its workers: what was known is known again at once', async (t) => {
  const stack = await startStack(t, { checks: ({ target }) => ({ 'still.lua': still('still', target.url) }), answer: () => ({ n: 1 }) });
  const overview = async () => {
    const { status, json } = await stack.get('/admin/health', { as: 'admin' });
    return status === 200 && json.services[0].status;
  };
  assert.equal(await overview(), 'healthy');

  await t.test('a worker of the API', async () => {
    const master = stack.programs.api.pid;
    const workers = () => readFileSync(`/proc/${master}/task/${master}/children`, 'utf8').trim().split(' ').map(Number);
    const before = workers();
    assert.equal(before.length, 4);
    for (const pid of before) process.kill(pid, 'SIGKILL');
    await until('other workers answer', overview);
    await until('there are four again', () => workers().filter((pid) => !before.includes(pid)).length === 4);
  });

  await t.test('the API: its workers end, and its successor takes over the socket', async () => {
    const { pid } = stack.programs.api;
    await stack.kill('api');
    await until('nobody is left of its group', () => {
      try {
        process.kill(-pid, 0);
      } catch (error) {
        return error.code === 'ESRCH';
      }
      return false;
    });
    const { status, json } = await stack.get('/admin/health', { as: 'admin' });
    assert.deepEqual([status, json.type], [503, '/problems/unavailable']);
    await stack.start('api');
    assert.equal(await overview(), 'healthy');
  });

  await t.test('a worker of nginx', async () => {
    const master = stack.programs.nginx.pid;
    const children = readFileSync(`/proc/${master}/task/${master}/children`, 'utf8').trim().split(' ').map(Number);
    for (const pid of children) process.kill(pid, 'SIGKILL');
    await until('other workers answer', overview);
  });
});

test('who waits for a run is told when its service is removed meanwhile, and let go when the scheduler ends', async (t) => {
  const stack = await startStack(t, {
    answer: () => ({ n: 1 }),
    checks: ({ target }) => ({ 'one.lua': still('one', target.url), 'two.lua': still('two', target.url) }),
    parts: ['scheduler'],
  });
  stack.target.hold();
  const one = stack.recheck('one');
  const two = stack.recheck('two').catch((error) => error.message);
  await until('both are at the target', () => stack.target.held.length === 2);
  await stack.removeCheck('one.lua');
  await stack.reload();
  stack.target.held.shift()();
  stack.target.held.shift()();
  assert.deepEqual(await one, { ok: false, code: 'not_found', error: 'the service "one" was removed while it was being checked' });
  stack.target.hold();
  assert.equal((await two).status, 'healthy');
  const last = stack.recheck('two').catch((error) => error.message);
  await until('it is at the target', () => stack.target.held.length === 1);
  await stack.end('scheduler');
  assert.equal(await last, 'the scheduler hung up');
});
