// The schema: from nothing and from each earlier version, by one or by several at once, and what another client may rely on.
import assert from 'node:assert/strict';
import { appendFile, copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { Postgres, makeDirectory } from './lib/postgres.mjs';
import { runProgram } from './lib/program.mjs';
import { program, project } from './lib/stack.mjs';

const source = path.join(project, 'migrations');
const files = (await readdir(source)).filter((name) => /^\d{14}_.*\.sql$/.test(name)).sort();

/** A server with an empty database, and a directory of migrations that a test may change. */
async function start(t) {
  const directory = await makeDirectory('migrations');
  const postgres = await Postgres.start(path.join(directory, 'pg'));
  t.after(async () => assert.equal(await postgres.stop(), 0));
  t.after(() => rm(directory, { recursive: true, force: true }));
  let databases = 0;
  return {
    postgres,
    /** A further empty database. */
    async another() {
      const name = `another_${++databases}`;
      await postgres.exec(`CREATE DATABASE ${name} OWNER signalbox`, { user: 'postgres', database: 'postgres' });
      return name;
    },
    /** A copy of the project's migrations, the first `count` of them. What is granted belongs to the whole. */
    async copy(count = files.length) {
      const copied = path.join(directory, `copy-${Math.random()}`);
      await mkdir(copied);
      for (const name of files.slice(0, count)) await copyFile(path.join(source, name), path.join(copied, name));
      if (count === files.length) await copyFile(path.join(source, 'grants.sql'), path.join(copied, 'grants.sql'));
      else await writeFile(path.join(copied, 'grants.sql'), 'SELECT 1;');
      return copied;
    },
    /** What the program said; rejects when it failed. */
    async migrate(database = 'signalbox', from = source) {
      return (await runProgram([program('signalbox'), 'migrate', '--database', postgres.url('signalbox', database), '--migrations', from]))
        .stdout;
    },
    /** The whole schema as text. Names of partitions are those of the day. */
    async schema(database) {
      const { stdout } = await runProgram(['pg_dump', '--schema-only', '--no-owner', '-d', postgres.url('signalbox', database)]);
      return stdout.replace(/^\\(un)?restrict .*$/gm, '');
    },
  };
}

const failure = (promise) =>
  promise.then(
    () => assert.fail('it should have been refused'),
    (error) => error.stderr,
  );

test('migrations are applied once, in order, forward only', async (t) => {
  const { postgres, migrate, copy, another, schema } = await start(t);

  await t.test('from nothing: each file once; a second time: nothing', async () => {
    assert.equal(await migrate(), files.map((name) => `applied ${name}\n`).join(''));
    const whole = await schema('signalbox');
    assert.match(await migrate(), /^the schema is current, at \d{14}\n$/);
    assert.equal(await schema('signalbox'), whole);
    assert.deepEqual(
      await postgres.rows('SELECT name FROM schema_migrations ORDER BY version'),
      files.map((name) => ({ name })),
    );
  });

  await t.test('from each earlier version: its rows stay, and the schema ends up the same', async () => {
    const whole = await schema('signalbox');
    for (let count = 1; count < files.length; count++) {
      const database = await another();
      await migrate(database, await copy(count));
      await postgres.exec(
        `INSERT INTO health_checks (service_name, status, checked_at) SELECT 's', 'healthy', now() - n * interval '1 hour' FROM generate_series(1, 50) n`,
        { database },
      );
      assert.equal(
        await migrate(database),
        files
          .slice(count)
          .map((name) => `applied ${name}\n`)
          .join(''),
      );
      assert.deepEqual(await postgres.rows('SELECT count(*)::int AS n, count(DISTINCT id)::int AS ids FROM health_checks', { database }), [
        { n: 50, ids: 50 },
      ]);
      assert.equal(await schema(database), whole, `from ${files[count - 1]}`);
    }
  });

  await t.test('several at once: each file is applied by one of them, and all succeed', async () => {
    const database = await another();
    const said = (await Promise.all(Array.from({ length: 6 }, () => migrate(database)))).join('');
    for (const name of files) assert.equal(said.split(`applied ${name}\n`).length - 1, 1, name);
  });

  await t.test('a file that was changed after it had been applied is refused, and nothing is done', async () => {
    const changed = await copy();
    await appendFile(path.join(changed, files[0]), '\n-- harmless\n');
    await writeFile(path.join(changed, '29991231000000_later.sql'), 'CREATE TABLE later ();');
    assert.match(
      await failure(migrate('signalbox', changed)),
      new RegExp(`${files[0]} was changed after it had been applied; put it back`),
    );
    assert.deepEqual(await postgres.rows(`SELECT to_regclass('later') AS later`), [{ later: null }]);
  });

  await t.test('a database that is further than this Signalbox is refused', async () => {
    assert.match(await failure(migrate('signalbox', await copy(files.length - 1))), /belongs to a newer one/);
  });

  await t.test('two files of one version are refused', async () => {
    const double = await copy();
    await writeFile(path.join(double, `${files[0].slice(0, 14)}_again.sql`), 'SELECT 1;');
    assert.match(await failure(migrate('signalbox', double)), /have the same version/);
  });

  await t.test('a migration that fails in the middle leaves nothing of itself, and goes on from there when it is mended', async () => {
    const database = await another();
    const broken = await copy();
    const last = '29991231000000_last.sql';
    await writeFile(path.join(broken, last), 'CREATE TABLE half (); SELECT 1 / 0;');
    assert.match(await failure(migrate(database, broken)), new RegExp(`${last}: .*division by zero`));
    assert.deepEqual(
      await postgres.rows(`SELECT to_regclass('half') AS half, (SELECT count(*)::int FROM schema_migrations) AS applied`, { database }),
      [{ half: null, applied: files.length }],
    );
    await writeFile(path.join(broken, last), 'CREATE TABLE half ();');
    assert.equal(await migrate(database, broken), `applied ${last}\n`);
  });

  await t.test('no database, no directory: one sentence each', async () => {
    assert.match(await failure(migrate('nowhere')), /^signalbox migrate: .*database "nowhere" does not exist\n$/);
    assert.match(
      await failure(migrate('signalbox', '/nowhere/at/all')),
      /^signalbox migrate: \/nowhere\/at\/all: No such file or directory\n$/,
    );
  });
});

test('the three tables of the specification are there as it gives them, for any client written against it', async (t) => {
  const { postgres, migrate } = await start(t);
  await migrate();

  await t.test('columns, types, defaults', async () => {
    const columns = (table) =>
      postgres.exec(`
      SELECT string_agg(concat_ws(' ', column_name, upper(udt_name), CASE is_nullable WHEN 'NO' THEN 'NOT NULL' END,
               'DEFAULT ' || CASE WHEN column_default LIKE 'nextval%' THEN 'serial' ELSE column_default END), E'\\n' ORDER BY ordinal_position)
      FROM information_schema.columns WHERE table_name = '${table}'`);
    assert.equal(
      await columns('health_checks'),
      [
        'id INT8 NOT NULL DEFAULT serial',
        'service_name TEXT NOT NULL',
        'status TEXT NOT NULL',
        'latency_ms INT4',
        'error_message TEXT',
        'details_json JSONB',
        'checked_at TIMESTAMPTZ NOT NULL DEFAULT now()',
      ].join('\n'),
    );
    assert.equal(
      await columns('uptime_records'),
      [
        'id INT8 NOT NULL DEFAULT serial',
        'service_name TEXT NOT NULL',
        'status TEXT NOT NULL',
        'started_at TIMESTAMPTZ NOT NULL',
        'ended_at TIMESTAMPTZ',
        'duration_seconds INT8',
        'created_at TIMESTAMPTZ NOT NULL DEFAULT now()',
        'updated_at TIMESTAMPTZ NOT NULL DEFAULT now()',
      ].join('\n'),
    );
    assert.equal(
      await columns('health_alert_configs'),
      [
        'id INT8 NOT NULL DEFAULT serial',
        'service_name TEXT NOT NULL',
        'escalation_delay_seconds INT4 NOT NULL DEFAULT 300',
        'webhook_url TEXT',
        'notification_channels_json JSONB',
        'enabled BOOL NOT NULL DEFAULT true',
        'created_at TIMESTAMPTZ NOT NULL DEFAULT now()',
        'updated_at TIMESTAMPTZ NOT NULL DEFAULT now()',
      ].join('\n'),
    );
    const [{ there }] =
      await postgres.rows(`SELECT array_agg(indexname ORDER BY 1) AS there FROM pg_indexes WHERE indexname IN ('idx_health_checks_service_name',
      'idx_health_checks_checked_at', 'idx_health_checks_service_checked', 'idx_uptime_records_service_name', 'idx_uptime_records_started_at',
      'uq_health_alert_configs_service')`);
    assert.equal(there.length, 6);
  });

  await t.test('a plain INSERT and SELECT, of today, long ago and far ahead', async () => {
    await postgres.exec(`
      INSERT INTO health_checks (service_name, status) VALUES ('client', 'healthy');
      INSERT INTO health_checks (service_name, status, latency_ms, error_message, details_json, checked_at) VALUES
        ('client', 'down', 7, 'why', '{"a": 1}', '1999-12-31 23:59:59Z'), ('client', 'degraded', NULL, NULL, NULL, '2999-01-01Z');`);
    const rows = await postgres.rows(`SELECT * FROM health_checks WHERE service_name = 'client' ORDER BY checked_at`);
    assert.deepEqual(
      rows.map((row) => [row.status, row.latency_ms, row.details_json]),
      [
        ['down', 7, { a: 1 }],
        ['healthy', null, null],
        ['degraded', null, null],
      ],
    );
    assert.equal(new Set(rows.map((row) => row.id)).size, 3);
    assert.ok(Math.abs(new Date(rows[1].checked_at) - Date.now()) < 60000);
    await postgres.exec('SELECT signalbox_make_partitions(7); SELECT signalbox_make_partitions(30)');
  });

  await t.test('three statuses and no fourth, one configuration a service, one open window a service', async () => {
    const refused = (sql) => failure(postgres.exec(sql));
    for (const table of [
      `health_checks (service_name, status) VALUES ('x', 'unknown')`,
      `uptime_records (service_name, status, started_at) VALUES ('x', 'unknown', now())`,
    ])
      assert.match(await refused(`INSERT INTO ${table}`), /violates check constraint/);
    await postgres.exec(
      `INSERT INTO health_alert_configs (service_name) VALUES ('x'); INSERT INTO uptime_records (service_name, status, started_at) VALUES ('x', 'down', now())`,
    );
    assert.match(await refused(`INSERT INTO health_alert_configs (service_name) VALUES ('x')`), /uq_health_alert_configs_service/);
    assert.match(
      await refused(`INSERT INTO uptime_records (service_name, status, started_at) VALUES ('x', 'healthy', now())`),
      /uq_uptime_records_open/,
    );
  });

  await t.test('updated_at follows', async () => {
    const stamps = async () => (await postgres.rows(`SELECT created_at, updated_at FROM health_alert_configs WHERE service_name = 'x'`))[0];
    const before = await stamps();
    await postgres.exec(`UPDATE health_alert_configs SET enabled = false WHERE service_name = 'x'`);
    const after = await stamps();
    assert.equal(after.created_at, before.created_at);
    assert.ok(after.updated_at > before.updated_at);
  });

  await t.test('the role of the API reads all of it and writes none of it', async () => {
    const as = { user: 'signalbox_api' };
    const [{ tables, reads, writes }] = await postgres.rows(
      `
      SELECT count(*)::int AS tables, count(*) FILTER (WHERE has_table_privilege(oid, 'SELECT'))::int AS reads,
             count(*) FILTER (WHERE has_table_privilege(oid, 'INSERT, UPDATE, DELETE, TRUNCATE'))::int AS writes
      FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')`,
      as,
    );
    assert.ok(tables >= 5);
    assert.deepEqual([reads, writes], [tables, 0]);
    assert.match(await failure(postgres.exec('DELETE FROM health_checks', as)), /permission denied/);
    assert.match(await failure(postgres.exec('CREATE TABLE mine ()', as)), /permission denied/);
  });
});
