// The main thing: what happens to a service becomes exactly the right rows and the right answers on every route.
import assert from 'node:assert/strict';
import test from 'node:test';
import { startStack, until } from './lib/stack.mjs';

// Only the test runs it: an interval of a day, and no hurry while something is being confirmed.
const site = (stack) => ({
  'site.lua': `service {
    name = "site", title = "The site", group = "Tests", critical = true, public = true,
    every = "24h", retry_every = "24h", timeout = "5s", rise = 2, fall = 2,
    probe = function()
      return { load = http.get("${stack.target.url}/load"):expect(200):json().load }
    end,
    limits = { load = { degraded = "> 50", down = "> 90" } },
  }`,
});

/** What the target says and what a run makes of it. */
const says = {
  healthy: { load: 10 },
  degraded: { load: 70 },
  down: { load: 99 },
  refused: 500,
};

async function run(stack, what) {
  stack.target.answer = () => says[what];
  return stack.recheck('site');
}

test('a target that goes healthy, degraded, down and healthy again leaves exactly the right rows and the right answers', async (t) => {
  const stack = await startStack(t, { checks: site, answer: () => says.healthy });
  const overall = async () => (await stack.get('/health')).status;
  const card = async () => (await stack.get('/admin/health', { as: 'admin' })).json.services[0];

  await t.test('one result is not enough to know anything', async () => {
    assert.equal((await card()).status, null);
    assert.equal((await stack.get('/admin/health', { as: 'admin' })).json.status, null);
    await until('/health fails while a critical service is not known', async () => (await overall()) === 503);
  });

  await t.test('the second one confirms healthy', async () => {
    const answer = await run(stack, 'healthy');
    assert.deepEqual([answer.status, answer.confirmed, answer.error_message], ['healthy', 'healthy', null]);
    await until('/health passes', async () => (await overall()) === 200);
    const health = await stack.get('/health');
    assert.equal(health.headers['content-type'], 'application/health+json');
    assert.deepEqual(health.json, { status: 'pass', checks: { site: [{ componentType: 'component', status: 'pass' }] } });
  });

  await t.test('degraded: the first result changes nothing, the second one confirms', async () => {
    const first = await run(stack, 'degraded');
    assert.deepEqual([first.status, first.confirmed], ['degraded', 'healthy']);
    assert.match(first.error_message, /load.*70.*> 50/);
    assert.equal((await card()).status, 'healthy');
    const second = await run(stack, 'degraded');
    assert.equal(second.confirmed, 'degraded');
    assert.equal((await card()).status, 'degraded');
    await until('/health warns', async () => (await stack.get('/health')).json.status === 'warn');
    assert.equal(await overall(), 200);
  });

  await t.test('down: a good result in between begins the count anew', async () => {
    assert.equal((await run(stack, 'down')).confirmed, 'degraded');
    assert.equal((await run(stack, 'degraded')).confirmed, 'degraded');
    assert.equal((await run(stack, 'refused')).confirmed, 'degraded');
    const last = await run(stack, 'down');
    assert.deepEqual([last.status, last.confirmed], ['down', 'down']);
    const { json } = await stack.get('/admin/health', { as: 'admin' });
    assert.deepEqual([json.status, json.ready, json.blocking], ['down', false, ['service:site']]);
    await until('/health fails', async () => (await overall()) === 503);
    assert.equal((await stack.get('/health')).json.status, 'fail');
  });

  await t.test('healthy again', async () => {
    assert.equal((await run(stack, 'healthy')).confirmed, 'down');
    assert.equal((await run(stack, 'healthy')).confirmed, 'healthy');
    await until('/health passes', async () => (await overall()) === 200);
  });

  await stack.sync();
  const rows = await stack.results('site');

  await t.test('health_checks: one row a run, with its own verdict, latency, message and measures', () => {
    const verdicts = ['healthy', 'healthy', 'degraded', 'degraded', 'down', 'degraded', 'down', 'down', 'healthy', 'healthy'];
    assert.deepEqual(
      rows.map((row) => row.status),
      verdicts,
    );
    // A probe that gave up has no latency.
    for (const [n, { latency_ms: latency }] of rows.entries())
      assert.ok(n === 6 ? latency === null : latency >= 0 && latency < 5000, `row ${n}: ${latency}`);
    assert.deepEqual(
      rows.map((row) => row.details_json),
      [10, 10, 70, 70, 99, 70, null, 99, 10, 10].map((load) => (load === null ? null : { load })),
    );
    assert.deepEqual(
      rows.map((row) => row.error_message === null),
      verdicts.map((status) => status === 'healthy'),
    );
    assert.match(rows[6].error_message, /500/);
  });

  await t.test(
    'uptime_records: windows dated back to the first confirming result, without gap or overlap, durations as they are',
    async () => {
      const at = (n) => rows[n].checked_at;
      const windows = await stack.windows('site');
      assert.deepEqual(
        windows.map(({ status, started_at, ended_at }) => ({ status, started_at, ended_at })),
        [
          { status: 'healthy', started_at: at(0), ended_at: at(2) },
          { status: 'degraded', started_at: at(2), ended_at: at(6) },
          { status: 'down', started_at: at(6), ended_at: at(8) },
          { status: 'healthy', started_at: at(8), ended_at: null },
        ],
      );
      const [{ right }] = await stack.sql(
        `SELECT bool_and(duration_seconds IS NOT DISTINCT FROM round(extract(epoch FROM ended_at - started_at))::bigint) AS right FROM uptime_records`,
      );
      assert.equal(right, true);
    },
  );

  await t.test('services: the copy of the latest state agrees with the scheduler', async () => {
    const [copy] = await stack.sql(`SELECT * FROM services`);
    const now = await stack.service('site');
    const stamp = (text) => text && new Date(text).getTime();
    assert.deepEqual(
      [copy.status, copy.title, copy.service_group, copy.critical, copy.measures, copy.latency_ms, copy.error_message, copy.retired_at],
      [now.status, now.title, now.group, now.critical, now.measures, now.latency_ms, now.error_message, null],
    );
    assert.deepEqual(
      [stamp(copy.since), stamp(copy.up_since), stamp(copy.checked_at)],
      [stamp(now.since), stamp(now.up_since), stamp(now.checked_at)],
    );
  });

  await t.test('GET /admin/health/site: measures, limits, checks newest first, windows', async () => {
    const { status, json } = await stack.get('/admin/health/site', { as: 'admin' });
    assert.equal(status, 200);
    assert.deepEqual(
      [json.service_name, json.title, json.status, json.stale, json.source],
      ['site', 'The site', 'healthy', false, 'scheduler'],
    );
    assert.deepEqual(
      [json.measures, json.limits, json.rise, json.fall],
      [{ load: 10 }, { load: { degraded: '> 50', down: '> 90' } }, 2, 2],
    );
    assert.deepEqual(
      json.checks.map((check) => check.id),
      rows.map((row) => row.id).reverse(),
    );
    assert.deepEqual(
      json.windows.map((window) => window.status),
      ['healthy', 'degraded', 'down', 'healthy'],
    );
    assert.equal(new Date(json.since).getTime(), new Date(rows[8].checked_at).getTime());
    assert.equal(json.up_since, json.since);
  });

  await t.test('GET /admin/health/site pages through its history without losing or repeating a row', async () => {
    const seen = [];
    let route = '/admin/health/site?limit=3';
    while (route) {
      const { json } = await stack.get(route, { as: 'admin' });
      seen.push(...json.checks.map((check) => check.id));
      route = json.next && `/admin/health/site?limit=3&cursor=${encodeURIComponent(json.next)}`;
    }
    assert.deepEqual(seen, rows.map((row) => row.id).reverse());
  });

  await t.test('GET /admin/health/uptime: seconds by status add up, and the percentage follows from them', async () => {
    const { json } = await stack.get('/admin/health/uptime', { as: 'admin' });
    const [uptime] = json.services;
    assert.equal(uptime.service_name, 'site');
    assert.deepEqual(
      uptime.timeline.map(({ status, windows, ended_at }) => ({ status, windows, ended_at })),
      [{ status: 'down', windows: 4, ended_at: null }],
      'all of it is less than a pixel of a month: its worst is shown',
    );
    const { healthy, degraded, down, unknown } = uptime.seconds['24h'];
    assert.ok(healthy > 0 && degraded > 0 && down > 0 && Math.abs(healthy + degraded + down + unknown - 86400) < 0.01);
    assert.ok(uptime.uptime_7d > 0 && uptime.uptime_7d < 100, `uptime ${uptime.uptime_7d}`);
    assert.equal(uptime.uptime_7d, uptime.uptime_30d);
  });

  await t.test('what is not there is said to be not there', async () => {
    const missing = await stack.get('/admin/health/nothing', { as: 'admin' });
    assert.deepEqual([missing.status, missing.headers['content-type']], [404, 'application/problem+json']);
    assert.equal((await stack.control({ op: 'recheck', service: 'nothing' })).code, 'not_found');
    assert.equal((await stack.get('/health/live')).status, 200);
  });
});
