// Postgres goes, or stands still; the scheduler goes, or stands still. What is known is shown, what is not known is not shown green.
import assert from 'node:assert/strict';
import test, { describe } from 'node:test';
import { startStack, until } from './lib/stack.mjs';

const counted = ({ target }) => ({
  'web.lua': `service {
    name = "web", every = "24h", retry_every = "24h", fall = 1, critical = true,
    probe = function() return { n = http.get("${target.url}"):expect(200):json().n } end,
    limits = { n = { down = "== 13" } },
  }`,
});

/** Runs the service `times` times; each is answered, whatever Postgres does: it waits for the journal only. */
async function rechecks(stack, times) {
  for (let i = 0; i < times; i++) assert.equal((await stack.recheck('web')).ok, true);
}

const quick = ({ target }) => ({
  'quick.lua': `service {
    name = "quick", every = "200ms", timeout = "30s", critical = true, public = true,
    probe = function() http.get("${target.url}"):expect(200) end,
  }`,
});

// Most of their time is spent waiting for what does not answer: several at once.
describe('outages', { concurrency: 3 }, () => {
  test('promise 2: Postgres stopped, killed or frozen: checks go on, the page answers, and afterwards no hole is left in history', async (t) => {
    let n = 0;
    const stack = await startStack(t, { checks: counted, answer: () => ({ n: ++n }) });
    await stack.sync();

    /** What must hold while Postgres does not. */
    async function holds() {
      await rechecks(stack, 5); // among them the thirteenth: a transition down and up again
      const { journal } = await stack.control({ op: 'status' });
      assert.ok(journal.entries >= 5, `${journal.entries} entries wait in the journal`);
      assert.equal(journal.error, null);
      await until('the store says that it fails, since when and why', async () => {
        const status = await stack.control({ op: 'status' });
        return status.store.failing_since && status.store.error;
      });
      const overview = await stack.get('/admin/health', { as: 'admin' });
      assert.equal(overview.status, 200);
      assert.deepEqual(
        [overview.json.source, overview.json.services[0].status, overview.json.services[0].stale],
        ['scheduler', 'healthy', false],
      );
      assert.deepEqual(overview.json.services[0].uptime, { '7d': null, '30d': null }, 'what only Postgres knows is not known');
      const detail = await stack.get('/admin/health/web', { as: 'admin' });
      assert.deepEqual([detail.status, detail.json.measures, detail.json.history_available], [200, { n }, false]);
      assert.equal((await stack.get('/health')).status, 200);
      assert.equal((await stack.get('/admin/health/uptime', { as: 'admin' })).status, 503);
    }

    await t.test('stopped as an operator does it', async () => {
      await stack.postgres.stop();
      await holds();
      await stack.postgres.start();
      await stack.sync();
    });

    await t.test('killed', async () => {
      await stack.postgres.stop('SIGQUIT');
      await holds();
      await stack.postgres.start();
      await stack.sync();
    });

    await t.test('frozen in the middle: connections stay open and say nothing', async () => {
      await stack.postgres.freeze();
      await holds();
      stack.postgres.resume();
      await stack.sync();
    });

    const rows = await stack.results('web');
    assert.deepEqual(
      rows.map((row) => row.details_json.n),
      Array.from({ length: 16 }, (_, i) => i + 1),
      'every result, once, in order',
    );
    const windows = await stack.windows('web');
    assert.deepEqual(
      windows.map(({ status, started_at, ended_at }) => ({ status, started_at, ended_at })),
      [
        { status: 'healthy', started_at: rows[0].checked_at, ended_at: rows[12].checked_at },
        { status: 'down', started_at: rows[12].checked_at, ended_at: rows[13].checked_at },
        { status: 'healthy', started_at: rows[13].checked_at, ended_at: null },
      ],
      'no hole',
    );
    const { store } = await stack.control({ op: 'status' });
    assert.deepEqual([store.connected, store.failing_since], [true, null]);
    await until('nothing waits in the journal', async () => (await stack.control({ op: 'status' })).journal.entries === 0);
    await until(
      'the page has its history again',
      async () => (await stack.get('/admin/health/web', { as: 'admin' })).json.checks?.length === 16,
    );
  });

  test('a scheduler that is stopped and started while Postgres is away loses nothing either', async (t) => {
    let n = 0;
    const stack = await startStack(t, { checks: counted, answer: () => ({ n: ++n }), parts: ['scheduler'] });
    await stack.postgres.stop();
    await rechecks(stack, 3);
    await stack.kill('scheduler');
    await stack.start('scheduler');
    await stack.reload();
    await rechecks(stack, 3);
    await stack.restart('scheduler');
    await stack.reload();
    await stack.postgres.start();
    await stack.sync();
    assert.deepEqual(
      (await stack.results('web')).map((row) => row.details_json.n),
      [1, 2, 3, 4, 5, 6, 7],
    );
    assert.equal((await stack.windows('web')).length, 1);
  });

  test('promise 4: nothing is shown green that is not known to be green now', async (t) => {
    const stack = await startStack(t, { checks: quick });
    const overview = async () => (await stack.get('/admin/health', { as: 'admin' })).json;
    const isGreen = async () => {
      const { status, services } = await overview();
      return (
        status === 'healthy' &&
        services[0].status === 'healthy' &&
        !services[0].stale &&
        (await stack.get('/health')).json.status === 'pass'
      );
    };
    /** Of no answer may anybody conclude that all is well. */
    async function nothingIsGreen(source) {
      const { status, ready, services, ...rest } = await overview();
      assert.equal(rest.source, source);
      assert.notEqual(status, 'healthy');
      assert.equal(ready, false);
      for (const service of services) assert.ok(service.status === null || service.stale, JSON.stringify(service));
      const detail = (await stack.get('/admin/health/quick', { as: 'admin' })).json;
      assert.ok(detail.status === null || detail.stale);
      const health = await stack.get('/health');
      assert.deepEqual([health.status, health.json.status], [503, 'fail']);
      for (const [check] of Object.values(health.json.checks ?? {})) assert.notEqual(check.status, 'pass');
    }
    const untilFail = () => until('/health fails', async () => (await stack.get('/health')).status === 503, 8);
    await until('all is well', isGreen);
    await stack.sync();

    await t.test('the scheduler is gone: Postgres has a copy, and that is what it is called', async () => {
      await stack.kill('scheduler');
      await untilFail();
      await nothingIsGreen('database');
      await stack.start('scheduler');
      await until('all is well again', isGreen);
    });

    await t.test('the scheduler stands still', async () => {
      stack.signal('scheduler', 'SIGSTOP');
      await untilFail();
      await nothingIsGreen('database');
      stack.signal('scheduler', 'SIGCONT');
      await until('all is well again', isGreen);
    });

    await t.test('scheduler and Postgres are both gone: an error in words, and /health fails', async () => {
      await stack.kill('scheduler');
      await stack.postgres.stop('SIGQUIT');
      await untilFail();
      const { status, json } = await stack.get('/admin/health', { as: 'admin' });
      assert.deepEqual([status, json.type], [503, '/problems/unavailable']);
      assert.equal((await stack.get('/health/live')).status, 200);
      await stack.postgres.start();
      await stack.start('scheduler');
      await until('all is well again', isGreen);
    });

    await t.test('the API is gone: nginx does not keep the last good answer', async () => {
      await stack.end('api');
      await untilFail();
      assert.equal((await stack.get('/admin/health', { as: 'admin' })).status, 503);
      assert.equal((await stack.get('/health')).headers['content-type'], 'application/health+json');
      await stack.start('api');
      await until('all is well again', isGreen);
    });

    await t.test('a run that does not come back: the last result grows stale, and three intervals later nothing is known', async () => {
      stack.target.hold();
      await untilFail();
      await nothingIsGreen('scheduler');
      await stack.sync();
      const windows = await stack.windows('quick');
      const last = windows[windows.length - 1];
      assert.ok(last.ended_at, 'the time since then is a hole');
      assert.ok(
        windows.every((window) => window.status === 'healthy'),
        'and nobody is said to have been down',
      );
      stack.target.release();
      await until('all is well again', isGreen);
    });
  });
});
