// The machine's clock is set, an hour forward and back and back and forward, while everything runs; and while the scheduler is not there.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Receiver, webhook } from './lib/receiver.mjs';
import { startStack, until } from './lib/stack.mjs';

const HOUR = 3600;
const EVERY_MS = 500;

const checks = ({ target }) => ({
  'steady.lua': `for _, name in ipairs { "good", "bad" } do
    service { name = name, every = "${EVERY_MS}ms", retry_every = "${EVERY_MS}ms", fall = 1, critical = name == "good",
      probe = function() return { ok = name == "good" and http.get("${target.url}/good").status == 200 } end,
      limits = { ok = { down = "== false" } } }
  end`,
  'web.lua': `service { name = "web", every = "24h", retry_every = "24h", fall = 1,
    probe = function() http.get("${target.url}/web"):expect(200) end }`,
});

test('promise 6: the clock set by an hour either way changes no interval, no window by more than that, and raises no alert', async (t) => {
  let web = 200;
  let looks = 0; // at the service "good"
  const receiver = await Receiver.start(t);
  const stack = await startStack(t, {
    ownClock: true,
    checks: (stack) => ({ ...checks(stack), 'channels/webhook.lua': webhook() }),
    // "bad" is told of at once on the dashboard, and to the outside after ten minutes: not after an hour that never was.
    settings: { alerts: { delay: '10m', channels: ['webhook'], insecure_urls: false } },
    answer: ({ url }) => (url === '/web' ? web : ++looks && 200),
  });
  await stack.postgres.exec(`INSERT INTO health_alert_configs (service_name, escalation_delay_seconds, webhook_url)
    SELECT name, 600, '${receiver.url}/' || name FROM unnest(ARRAY['good', 'bad', 'web']) AS name`);
  await stack.configured();
  const alerts = () => stack.sql(`SELECT service_name, event, channel FROM health_alerts WHERE service_name <> 'web' ORDER BY created_at, id`);
  const raised = await until('"bad" is told of on the dashboard', async () => {
    await stack.sync();
    const list = await alerts();
    return list.length && list;
  });
  assert.deepEqual(raised, [{ service_name: 'bad', event: 'raised', channel: 'dashboard' }]);

  /** What really happened to "web": [[status, when]], by the test's own clock. */
  const truth = [['healthy', Date.now()]];
  async function turn(status) {
    web = status === 'healthy' ? 200 : 500;
    truth.push([status, Date.now()]);
    assert.equal((await stack.recheck('web')).confirmed, status);
  }

  /** The clock stands so many seconds ahead; checks go on as if nothing had been. */
  async function set(seconds) {
    await stack.clock.set(seconds);
    const [before, began] = [looks, performance.now()];
    await until('checks go on', () => looks >= before + 6);
    const most = (performance.now() - began) / EVERY_MS + 2;
    assert.ok(looks - before <= most, `${looks - before} runs where there are ${most} intervals`);
    const { services, ready } = await stack.control({ op: 'overview' });
    for (const { service_name: name, status, stale, checked_at, since } of services) {
      assert.deepEqual([status, stale], [name === 'bad' ? 'down' : name === 'web' ? truth.at(-1)[0] : 'healthy', false], name);
      assert.ok(new Date(since) <= stack.clock.now() && new Date(checked_at) <= stack.clock.now(), `${name}: nothing lies ahead`);
    }
    if (stack.postgres.program.isRunning) assert.equal(ready, true); // without Postgres nobody renews the gate's lease
  }

  await t.test('forward and back again, with changes of status before, between and after', async () => {
    await turn('down');
    await set(HOUR);
    await turn('healthy');
    await turn('down');
    await set(0);
    await turn('healthy');
  });

  await t.test('back and forward again', async () => {
    await set(-HOUR);
    await turn('down');
    await turn('healthy');
    await set(0);
    await turn('down');
  });

  await t.test('Postgres is away meanwhile: it learns of it afterwards, in order', async () => {
    await stack.postgres.stop();
    try {
      await set(HOUR);
      await turn('healthy');
      await set(0);
      await turn('down');
    } finally {
      await stack.postgres.start();
    }
  });

  await stack.sync();

  await t.test('services that did not change have one window each, as long as they have been watched', async () => {
    const rows = await stack.windows();
    for (const name of ['good', 'bad']) {
      const windows = rows.filter((row) => row.service_name === name);
      assert.equal(windows.length, 1, JSON.stringify(windows));
      assert.equal(windows[0].ended_at, null);
      assert.ok(Math.abs(new Date(windows[0].started_at) - truth[0][1]) < 60000);
    }
  });

  await t.test('windows of the one that did change: in order, without overlap, none off by more than the hour', async () => {
    const windows = await stack.windows('web');
    assert.deepEqual(
      windows.map((window) => window.status),
      truth.map(([status]) => status),
    );
    for (const [i, { started_at, ended_at, duration_seconds }] of windows.entries()) {
      assert.ok(i === 0 || new Date(started_at) >= new Date(windows[i - 1].ended_at), `window ${i} overlaps the one before it`);
      if (!ended_at) continue;
      assert.ok(ended_at >= started_at);
      const really = (truth[i + 1][1] - truth[i][1]) / 1000;
      assert.ok(Math.abs(duration_seconds - really) <= HOUR + 5, `window ${i}: ${duration_seconds} s, really ${really}`);
    }
    // What was stamped by a clock that was ahead for a while, and set right again, is as it really was.
    for (const [i, window] of windows.slice(0, 5).entries())
      assert.ok(Math.abs(new Date(window.started_at) - truth[i][1]) < 60000, `window ${i} began ${window.started_at}`);
  });

  await t.test('nobody was told of anything for it', async () => {
    assert.deepEqual(await alerts(), raised);
    assert.deepEqual(receiver.messages, []);
    const [{ n }] = await stack.sql(`SELECT count(*)::int AS n FROM health_alerts WHERE service_name = 'web' AND channel = 'dashboard'`);
    assert.equal(n, truth.length - 1, 'of what did change, once each');
  });

  await t.test('what was found out about a window is still found', async () => {
    const [{ found, lost }] = await stack.sql(`SELECT count(*)::int AS found, count(*) FILTER (WHERE w.id IS NULL)::int AS lost
      FROM health_incidents i LEFT JOIN uptime_records w USING (service_name, started_at)`);
    assert.ok(found >= 4, `${found} incidents`);
    assert.equal(lost, 0);
  });

  await t.test('and the numbers stay numbers', async () => {
    const { json } = await stack.get('/admin/health/uptime', { as: 'viewer' });
    for (const { service_name: name, seconds } of json.services) {
      const day = seconds['24h'];
      assert.ok(day.unknown >= 0 && Math.abs(day.healthy + day.degraded + day.down + day.unknown - 86400) < 0.01, name);
    }
  });
});

test('the monitor was not there: what it missed is a hole, found from its last heartbeat, and a restart is none', async (t) => {
  const stack = await startStack(t, {
    ownClock: true,
    checks: {
      'rare.lua': `for name, every in pairs { often = "30s", rare = "5m", daily = "24h" } do
        service { name = name, every = every, probe = function() end }
      end`,
    },
    parts: ['scheduler'],
  });

  async function awayFor(seconds) {
    await stack.kill('scheduler');
    await stack.clock.set(stack.clock.ahead + seconds);
    await stack.start('scheduler');
    await stack.reload();
    await until('every service has a status', async () => (await stack.control({ op: 'overview' })).services.every(({ status }) => status));
    await stack.sync();
    return stack.windows();
  }
  const of = (rows, name) => rows.filter((row) => row.service_name === name);

  await stack.sync();
  for (const name of ['often', 'rare', 'daily']) assert.equal(of(await awayFor(5), name).length, 1, `${name}: a restart is no hole`);

  const rows = await awayFor(7 * 60);
  assert.equal(of(rows, 'daily').length, 1, 'nothing was due');
  for (const [name, every] of [['often', 30], ['rare', 300]]) {
    const [before, after, ...rest] = of(rows, name);
    assert.deepEqual(rest, []);
    assert.deepEqual([before.status, after.status, after.ended_at], ['healthy', 'healthy', null]);
    const results = await stack.results(name);
    const last = results.filter((row) => row.checked_at < after.started_at).at(-1);
    assert.equal(new Date(before.ended_at) - new Date(last.checked_at), every * 1000, `${name}: the hole begins when its last result was over`);
    assert.equal(after.started_at, results.at(-1).checked_at);
  }
});
