// What the API asks, over 30 days of 1,000 services every 30 s: 86.4 million results. The last 25 hours are there whole, so that whoever asks for a day meets
// as many rows as there would be; the days before that are thinned out to one in a hundred. Times are Postgres's own, as it logs them by statement.
import { readFileSync } from 'node:fs';
import { median, report, spread } from './lib.mjs';

const SERVICES = 1000;
const EVERY_S = 30;
const DAYS = 30;
const WHOLE_HOURS = 25;
const THINNED = 100;
const ROUNDS = 7;

const load = `
  SET work_mem = '64MB';
  SELECT signalbox_make_partitions(7, now() - interval '${DAYS} days');
  INSERT INTO services (service_name, title, declaration, checked_at, status, measures)
    SELECT 'service-' || i, 'Service ' || i, '{"every_ms": ${EVERY_S * 1000}, "limits": {"load": {"degraded": "> 5"}}}', now(), 'healthy', '{"load": 1, "queue": 7}'
    FROM generate_series(1, ${SERVICES}) i ON CONFLICT DO NOTHING;
  INSERT INTO health_checks (service_name, status, latency_ms, details_json, checked_at)
    SELECT 'service-' || i, CASE WHEN i % 50 = 0 THEN 'degraded' ELSE 'healthy' END, 20 + i % 60,
           '{"response_ms": 31.25, "queue": 7, "vram_free_gb": 17.5, "version": "0.12.1"}', at + i * interval '${(EVERY_S * 1000) / SERVICES} milliseconds'
    FROM generate_series(now() - interval '${DAYS} days', now() - interval '${WHOLE_HOURS} hours', interval '${EVERY_S * THINNED} seconds') at, generate_series(1, ${SERVICES}) i;
  INSERT INTO health_checks (service_name, status, latency_ms, details_json, checked_at)
    SELECT 'service-' || i, CASE WHEN i % 50 = 0 THEN 'degraded' ELSE 'healthy' END, 20 + i % 60,
           '{"response_ms": 31.25, "queue": 7, "vram_free_gb": 17.5, "version": "0.12.1"}', at + i * interval '${(EVERY_S * 1000) / SERVICES} milliseconds'
    FROM generate_series(now() - interval '${WHOLE_HOURS} hours', now() - interval '${EVERY_S} seconds', interval '${EVERY_S} seconds') at, generate_series(1, ${SERVICES}) i;
  SELECT signalbox_make_month(m::date) FROM generate_series(now() - interval '3 months', now(), interval '1 month') m;
  INSERT INTO health_checks_hourly
    SELECT 'service-' || i, hour, 120, 0, 0, 20, 35, 33, 60, 80
    FROM generate_series(date_trunc('hour', now()) - interval '90 days', date_trunc('hour', now()) - interval '1 hour', interval '1 hour') hour, generate_series(1, ${SERVICES}) i;
  UPDATE rollup_state SET rolled_up_to = date_trunc('hour', now(), 'UTC');
  INSERT INTO uptime_records (service_name, status, started_at, ended_at, duration_seconds)
    SELECT 'service-' || i, CASE n % 4 WHEN 0 THEN 'down' WHEN 2 THEN 'degraded' ELSE 'healthy' END, at + i * interval '1 minute',
           CASE WHEN at + interval '36 hours' <= now() THEN at + i * interval '1 minute' + interval '36 hours' END, 129600
    FROM generate_series(now() - interval '365 days', now() - interval '18 hours', interval '36 hours') WITH ORDINALITY AS a (at, n), generate_series(1, ${SERVICES}) i
    ON CONFLICT DO NOTHING;`;

/** What Postgres has logged of the API's statements: name -> [ms of parse, bind and execute together]. */
function durations(log) {
  const times = {};
  for (const [, ms, step, name] of log.matchAll(/^signalbox_api\|LOG: {2}duration: ([\d.]+) ms {2}(parse|bind|execute) <unnamed>: \/\* ([a-z ]+) \*\/ /gm)) {
    times[name] ??= [];
    if (step === 'parse') times[name].push(0);
    times[name][times[name].length - 1] += Number(ms);
  }
  return times;
}

export default async function bench() {
  const { startStack } = await import('../e2e/lib/stack.mjs');
  const endings = [];
  const context = { after: (fn) => endings.push(fn) };
  try {
    const stack = await startStack(context, {
      checks: { 'one.lua': 'service { name = "service-1", every = "24h", probe = function() end }' },
      parts: ['scheduler'],
      postgres: { log_min_messages: 'log', log_line_prefix: '%u|', shared_buffers: '512MB', max_wal_size: '4GB' },
    });
    await stack.sync();
    await stack.end('scheduler'); // the overview is read from its copy, and nothing is written meanwhile
    await stack.postgres.exec('TRUNCATE uptime_records, health_checks');
    await stack.postgres.exec(load);
    await stack.postgres.exec('VACUUM ANALYZE', { user: 'postgres' });
    await stack.postgres.exec(`ALTER ROLE signalbox_api SET log_min_duration_statement = 0`, { user: 'postgres', database: 'postgres' });
    const [{ rows, bytes }] = await stack.sql(`SELECT count(*)::int AS rows, (SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits
      WHERE inhparent = 'health_checks'::regclass)::bigint AS bytes FROM health_checks`);
    report('results there, for the 86.4 million of 30 days', `${(rows / 1e6).toFixed(2)} million, ${(bytes / 2 ** 30).toFixed(2)} GiB`);
    const routes = [
      '/admin/health',
      '/admin/health/uptime?days=30',
      '/admin/health/sparklines',
      ...[3, 333, 777].flatMap((n) => [`/admin/health/service-${n}?limit=1000`, `/admin/health/service-${n}/series`, `/admin/health/service-${n}/series?days=30`]),
    ];
    for (let round = 0; round < ROUNDS; round++) {
      // A worker remembers numbers for a while; a new one has to ask.
      for (const part of ['api', 'nginx']) await (stack.programs[part]?.isRunning ? stack.restart(part) : stack.start(part));
      for (const route of routes) {
        const { status, text } = await stack.get(route, { as: 'viewer' });
        if (status !== 200) throw new Error(`${route}: ${text.slice(0, 300)}`);
      }
    }
    const times = durations(readFileSync(stack.file('log/postgres.log'), 'utf8'));
    const say = (what, name, most) =>
      report(what, `${spread(times[name], 1)} ms`, most && `under ${most} ms`, most === undefined ? undefined : median(times[name]) < most);
    say('overview of all services, from the copy', 'overview copy', 20);
    say('detail of a service: 1,000 results of the last 24 hours, and its windows', 'history', 50);
    say('uptime of all services over 24 hours, 7, 30 and 90 days', 'uptimes', 100);
    say('timelines of all services, 30 days', 'timelines');
    say('sparklines of all services', 'sparklines');
    say('series of a service, a day in buckets of five minutes', 'series of a day');
    say('series of a service, 30 days', 'series of days');
  } finally {
    for (const end of endings.reverse()) await end();
  }
}
