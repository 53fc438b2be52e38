// How Postgres executes what the API asks, over months of history. The statements are not copied here: the API is asked on every route, Postgres itself
// (auto_explain) writes down each statement with the plan that it executed, and the names in the source say whether one was missed.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { project, startStack, until } from './lib/stack.mjs';

const SERVICES = 40;
const DAYS = 16;
/** Rows that a sequential scan may meet in a table of history: a day that has just begun, a table with next to nothing in it. */
const FEW = 500;
/** What grows with time. Partitions are meant with their tables. */
const HISTORY = /^(health_checks|uptime_records|health_alerts|health_actions|audit_log)/;

const load = `
  INSERT INTO services (service_name, title, declaration, checked_at, status)
    SELECT 'service-' || i, 't', '{"every_ms": 30000}', now(), 'healthy' FROM generate_series(1, ${SERVICES}) i;
  SELECT signalbox_make_partitions(7, now() - interval '${DAYS} days');
  INSERT INTO health_checks (service_name, status, latency_ms, details_json, checked_at)
    SELECT 'service-' || i, 'healthy', i, '{"load": 1, "queue": 7}', at
    FROM generate_series(now() - interval '${DAYS} days', now(), interval '5 minutes') at, generate_series(1, ${SERVICES}) i;
  SELECT signalbox_make_month(m::date) FROM generate_series(now() - interval '12 months', now(), interval '1 month') m;
  INSERT INTO health_checks_hourly
    SELECT 'service-' || i, hour, 120, 0, 0, 1, 2, 2, 3, 4
    FROM generate_series(date_trunc('hour', now()) - interval '360 days', date_trunc('hour', now()) - interval '1 hour', interval '1 hour') hour,
         generate_series(1, ${SERVICES}) i;
  UPDATE rollup_state SET rolled_up_to = date_trunc('hour', now(), 'UTC');
  INSERT INTO uptime_records (service_name, status, started_at, ended_at, duration_seconds)
    SELECT 'service-' || i, CASE n % 3 WHEN 0 THEN 'down' WHEN 1 THEN 'healthy' ELSE 'degraded' END,
           at, CASE WHEN at + interval '6 hours' <= now() THEN at + interval '6 hours' END, 21600
    FROM generate_series(now() - interval '700 days', now(), interval '6 hours') WITH ORDINALITY AS a (at, n), generate_series(1, ${SERVICES}) i;
  INSERT INTO audit_log (id, at, actor, action, subject, previous_hash, hash)
    SELECT n, now() - n * interval '1 minute', 'actor-' || n % 9, 'action-' || n % 7, 'service-' || n % ${SERVICES}, '', '' FROM generate_series(1, 30000) n;
  UPDATE audit_head SET id = 30000;
  INSERT INTO health_actions (id, service_name, action, state, actor, requested_at)
    SELECT md5(n::text), 'service-' || n % ${SERVICES}, 'restart', 'done', 'admin', now() - n * interval '1 minute' FROM generate_series(1, 30000) n;
  INSERT INTO health_alerts (id, alert_id, message_id, service_name, channel, event, state, created_at)
    SELECT 'id-' || n, 'incident-' || n / 2, 'message-' || n, 'service-' || n % ${SERVICES}, 'channel-' || n % 5, 'raised',
           (ARRAY['delivered', 'suppressed', 'delivered', 'failed'])[n % 4 + 1], now() - n * interval '1 minute' FROM generate_series(1, 30000) n;
  INSERT INTO health_alert_attempts (message_id, attempt, at, duration_ms)
    SELECT 'message-' || n, 1, now() - n * interval '1 minute', 7 FROM generate_series(1, 30000) n;`;

/** Requests of every kind that reads history; each route of routes.c that answers from Postgres must be among them. */
const requests = [
  '/admin/health',
  '/admin/health/service-7',
  '/admin/health/service-7?limit=1000',
  '/admin/health/service-7?since=2020-01-01T00:00:00Z&limit=1000',
  '/admin/health/uptime',
  '/admin/health/uptime?days=90',
  '/admin/health/uptime?service=service-7&days=7',
  '/admin/health/sparklines',
  '/admin/health/service-7/series',
  '/admin/health/service-7/series?days=30',
  '/admin/health/startup-checklist',
  '/admin/health/audit',
  '/admin/health/audit?actor=actor-3',
  '/admin/health/audit?subject=service-3&limit=1000',
  '/admin/health/audit?action=action-5',
  '/admin/health/actions',
  '/admin/health/actions?service=service-7',
  '/admin/health/actions/c4ca4238a0b923820dcc509a6f75849b',
  '/admin/health/incidents/40000',
  '/admin/health/alerts',
  '/admin/health/alerts/deliveries',
  '/admin/health/alerts/deliveries?service=service-3&limit=1000',
  '/admin/health/alerts/deliveries?channel=channel-3',
  '/admin/health/alerts/deliveries?state=failed',
  '/admin/health/maintenance',
];

/** The same for what changes something. */
const changes = [
  ['PUT', '/admin/health/alerts/service-7', { escalation_delay_seconds: 60 }],
  ['POST', '/admin/health/maintenance', { title: 'u', services: ['*'], starts_at: '2026-01-01T00:00:00Z', ends_at: '2126-01-01T00:00:00Z' }],
  ['DELETE', '/admin/health/maintenance/1', {}],
];

/** Names of the statements in the source of the API. */
async function namesInSource() {
  const names = new Set();
  for (const file of (await readdir(path.join(project, 'src/api'))).filter((name) => name.endsWith('.c'))) {
    const source = await readFile(path.join(project, 'src/api', file), 'utf8');
    assert.doesNotMatch(source, /db_query\([^,]+,\s*"/, `${file}: statements stand in constants named *_sql`);
    for (const [, constant, begins] of source.matchAll(/static const char (\w*_sql)\[\] =\s*(.{0,60})/gs)) {
      const name = begins.match(/^"\/\* ([a-z ]+) \*\/ /)?.[1];
      assert.ok(name, `${file}: ${constant} does not begin with its name in a comment (see api/sql.h)`);
      assert.ok(!names.has(name), `${file}: another statement is called "${name}" too`);
      names.add(name);
    }
  }
  return names;
}

/** What the API's role had executed so far: [{name, text, plan}]; statements of the schema's functions have no name. */
async function executed(stack) {
  const log = await readFile(stack.file('log/postgres.log'), 'utf8');
  return [...log.matchAll(/^signalbox_api\|LOG: {2}duration: [\d.]+ ms {2}plan:\n((?:\t.*\n)+)(signalbox_api\|CONTEXT: )?/gm)].map(([, json, context]) => {
    const { 'Query Text': text, Plan: plan } = JSON.parse(json);
    return { name: text.match(/^\/\* ([a-z ]+) \*\/ /)?.[1], text, plan, isOfFunction: Boolean(context) };
  });
}

function* nodes(plan) {
  yield plan;
  for (const child of plan.Plans ?? []) yield* nodes(child);
}

const met = (node) => ((node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0)) * (node['Actual Loops'] ?? 0);

/** The worst of a plan, as sentences. */
function faultsOf({ name, plan }) {
  const faults = [];
  const days = new Set();
  for (const node of nodes(plan)) {
    const table = node['Relation Name'];
    if (!table || !HISTORY.test(table)) continue;
    if (node['Node Type'] === 'Seq Scan' && met(node) > FEW) faults.push(`${name}: a sequential scan of ${table} meets ${met(node)} rows`);
    // One row is how the newest of several days is found.
    if (/^health_checks_\d{8}$/.test(table) && met(node) > 1) days.add(table);
  }
  // A day ends at midnight in UTC; a page of 1,000 rows is three and a half days of these.
  if (days.size > 5) faults.push(`${name}: rows of ${days.size} days are looked at: ${[...days].join(' ')}`);
  return faults;
}

test('no statement of the API reads history from end to end, whatever there is of it', async (t) => {
  const names = await namesInSource();
  const stack = await startStack(t, {
    checks: { 'one.lua': 'service { name = "service-7", every = "24h", probe = function() end }' },
    parts: ['scheduler'],
    postgres: { log_min_messages: 'log', log_line_prefix: '%u|', shared_buffers: '64MB' },
  });
  await stack.sync();
  await stack.postgres.exec(`TRUNCATE services, uptime_records; ${load}`);
  await stack.postgres.exec('VACUUM ANALYZE', { user: 'postgres' }); // as autovacuum does it in time
  await stack.postgres.exec(
    `ALTER ROLE signalbox_api SET session_preload_libraries = auto_explain; ALTER ROLE signalbox_api SET auto_explain.log_min_duration = 0;
     ALTER ROLE signalbox_api SET auto_explain.log_analyze = on; ALTER ROLE signalbox_api SET auto_explain.log_format = json;
     ALTER ROLE signalbox_api SET auto_explain.log_nested_statements = on;`,
    { user: 'postgres', database: 'postgres' },
  );
  await stack.start('api');
  await stack.start('nginx');
  const ask = async (route) => {
    const { status, text } = await stack.get(route, { as: 'admin' });
    assert.equal(status, 200, `${route}: ${text.slice(0, 300)}`);
    return JSON.parse(text);
  };
  for (const route of requests) await ask(route);
  for (const [method, route, body] of changes) {
    const { status, text } = await stack.get(route, { as: 'admin', method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
    assert.ok(status < 300, `${method} ${route}: ${status} ${text.slice(0, 300)}`);
  }
  const { next } = await ask('/admin/health/service-7?limit=100');
  await ask(`/admin/health/service-7?limit=100&cursor=${encodeURIComponent(next)}`);
  await stack.end('scheduler');
  await stack.get('/health/ready');
  for (const route of ['/admin/health', '/admin/health/service-7', '/admin/health/startup-checklist']) assert.equal((await ask(route)).source, 'database');

  const seen = await until('Postgres has written down the last statement', async () => {
    const list = await executed(stack);
    return list.some(({ name }) => name === 'service copy') && list;
  });
  for (const { name, text, isOfFunction } of seen) assert.ok(name || isOfFunction, `a statement without a name: ${text.slice(0, 200)}`);
  assert.deepEqual([...names].filter((name) => !seen.some((statement) => statement.name === name)).sort(), [], 'statements that no request here has led to');
  assert.deepEqual(seen.flatMap(faultsOf), []);
  const history = seen.filter(({ name }) => name === 'history');
  assert.ok(history.length >= 4 && history.every(({ plan }) => [...nodes(plan)].some((node) => /^health_checks_\d{8}$/.test(node['Relation Name']))));
});
