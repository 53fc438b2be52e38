// What graphs are drawn from: the numbers, and that Postgres reads no more than is drawn.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { startStack } from './lib/stack.mjs';

const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;
const SERVICES = 20;

/** Six days of results, one a minute, by every service; and windows: s1 was down for two hours three days ago, and unknown for one hour before. */
const history = `
  SELECT signalbox_make_partitions(1);
  DO $$ BEGIN
    FOR ago IN 1 .. 6 LOOP
      EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF health_checks FOR VALUES FROM (%L) TO (%L)',
        'health_checks_' || to_char((now() AT TIME ZONE 'UTC')::date - ago, 'YYYYMMDD'),
        ((now() AT TIME ZONE 'UTC')::date - ago)::timestamp AT TIME ZONE 'UTC', ((now() AT TIME ZONE 'UTC')::date - ago + 1)::timestamp AT TIME ZONE 'UTC');
    END LOOP;
  END $$;
  INSERT INTO health_checks (service_name, status, latency_ms, checked_at)
    SELECT 's' || n, CASE WHEN n = 1 AND extract(minute FROM at)::int = 30 THEN 'down' ELSE 'healthy' END, 100 * n + extract(minute FROM at)::int, at
    FROM generate_series(1, ${SERVICES}) AS n,
      generate_series(date_trunc('hour', now(), 'UTC') - interval '6 days', now() - interval '1 minute', interval '1 minute') AS at;
  UPDATE rollup_state SET rolled_up_to = date_trunc('hour', now(), 'UTC') - interval '6 days';
  SELECT signalbox_roll_up(1000);
  DELETE FROM uptime_records;
  INSERT INTO uptime_records (service_name, status, started_at, ended_at, duration_seconds) VALUES
    ('s1', 'healthy', now() - interval '5 days', now() - interval '72 hours', 172800),
    ('s1', 'down', now() - interval '71 hours', now() - interval '69 hours', 7200),
    ('s1', 'degraded', now() - interval '69 hours', now() - interval '60 hours', 32400);
  ANALYZE;`;

const checks = {
  'many.lua': `for i = 1, ${SERVICES} do service { name = "s" .. i, every = "24h", probe = function() return {} end } end`,
};

test('graphs: sparklines of all services, the series of one, and how Postgres finds them', async (t) => {
  const stack = await startStack(t, {
    checks,
    postgres: {
      session_preload_libraries: 'auto_explain',
      'auto_explain.log_min_duration': 0,
      'auto_explain.log_analyze': 'on',
      log_min_messages: 'log',
    },
  });
  await stack.sync();
  await stack.postgres.exec(history);
  const get = async (route) => (await stack.get(route, { as: 'viewer' })).json;

  await t.test('sparklines: an hour a point, its median; the running hour in five minutes', async () => {
    const answer = await get('/admin/health/sparklines');
    assert.equal(answer.services.length, SERVICES);
    const s3 = answer.services.find((one) => one.service_name === 's3');
    const hours = s3.latency.filter(([minute]) => minute % 60 === 30 && minute <= 24 * 60);
    assert.ok(hours.length >= 24, `${hours.length} hours`);
    // Minutes 0 to 59 after 300: their median is 329.5.
    assert.ok(hours.slice(0, 23).every(([, ms]) => ms === 330 || ms === 329), JSON.stringify(hours));
    assert.deepEqual(
      s3.latency.map(([minute]) => minute),
      s3.latency.map(([minute]) => minute).sort((a, b) => a - b),
    );
    const passed = Math.floor((Date.parse(answer.to) / 1000) % HOUR_S);
    const fresh = s3.latency.filter(([minute]) => minute > 24 * 60);
    assert.ok(fresh.length >= Math.floor((passed - 60) / 300), `${fresh.length} points after ${passed} s of this hour`);
  });

  await t.test('sparklines: seconds of thirty days', async () => {
    const { services } = await get('/admin/health/sparklines');
    const days = new Map(services.find((one) => one.service_name === 's1').days.map(([day, ...seconds]) => [day, seconds]));
    const near = (day, ...expected) => {
      const seconds = days.get(day) ?? [];
      assert.ok(expected.every((value, i) => Math.abs(value - seconds[i]) <= 60), `day ${day}: ${seconds}, not ${expected}`);
    };
    // 72 hours ago is where the third day from the end begins.
    assert.deepEqual([...days.keys()].filter((day) => day < 24 || day > 27), []);
    for (const day of [25, 26]) near(day, DAY_S, 0, 0);
    near(27, 11 * HOUR_S, 9 * HOUR_S, 2 * HOUR_S);
  });

  await t.test('a series: five minutes a point for a day, an hour a point beyond', async () => {
    const day = await get('/admin/health/s1/series');
    assert.equal(day.step_seconds, 300);
    const columns = ['at', 'healthy', 'degraded', 'down', 'median_ms', 'p95_ms', 'max_ms'];
    for (const key of columns) assert.equal(day[key].length, day.at.length, key);
    assert.ok(day.at.length >= 287 && day.at.length <= 290, String(day.at.length));
    const half = day.at.findIndex((at, i) => i > 0 && at % HOUR_S === 1800);
    assert.deepEqual([day.healthy[half], day.down[half], day.median_ms[half], day.max_ms[half]], [4, 1, 132, 134]);

    const week = await get('/admin/health/s2/series?days=7');
    assert.equal(week.step_seconds, HOUR_S);
    assert.equal(week.at.length, new Set(week.at).size);
    assert.ok(week.at.length >= 144, String(week.at.length));
    assert.deepEqual([week.healthy[5], week.median_ms[5], week.max_ms[5]], [60, 229.5, 259]);
    assert.ok(week.at.at(-1) > Date.now() / 1000 - 2 * HOUR_S, 'the running hour is there');
  });

  await t.test('what is not there and what is not understood', async () => {
    assert.equal((await stack.get('/admin/health/nobody/series', { as: 'viewer' })).status, 404);
    for (const query of ['days=0', 'days=91', 'days=x', 'day=1'])
      assert.equal((await stack.get(`/admin/health/s1/series?${query}`, { as: 'viewer' })).status, 400, query);
    assert.equal((await stack.get('/admin/health/sparklines?x=1', { as: 'viewer' })).status, 400);
  });

  await t.test('the plans: only partitions of the range, by index, and no more rows than the answer is made of', async () => {
    const log = await readFile(stack.file('log/postgres.log'), 'utf8');
    const plans = log.split('\n2').filter((entry) => entry.includes('Query Text:'));
    const of = (words) => plans.filter((plan) => words.every((word) => plan.includes(word))).at(-1);
    const touched = (plan) => [...plan.matchAll(/ on (health_checks_\d{8})\b.*?\(actual time=\S+ rows=(\d+) loops=([1-9]\d*)\)/g)].map((m) => m[1]);

    const sparklines = of(['/* sparklines */']);
    assert.ok(sparklines, 'the plan of the sparklines is in the log');
    assert.ok(touched(sparklines).length <= 2, `sparklines read ${touched(sparklines)}`);

    const day = of(["date_bin('5 minutes', checked_at, $2", "'s1'::text"]);
    assert.ok(day, 'the plan of a day is in the log');
    assert.ok(touched(day).length <= 2, `a day reads ${touched(day)}`);
    assert.match(day, /Index Scan/);
    assert.doesNotMatch(day, /Seq Scan on health_checks/);

    const week = of(["date_bin('1 hour'"]);
    assert.ok(week, 'the plan of a week is in the log');
    assert.ok(touched(week).length <= 2, `a week reads ${touched(week)}`);
  });
});
