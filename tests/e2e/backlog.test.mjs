// Postgres in each of the ways in which it can fail while it is there: what happened meanwhile waits in the journal and follows in order, while new things go on
// happening. Stopped, killed and frozen are in outage.test.mjs.
import assert from 'node:assert/strict';
import { open, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { canMount, mountSmall } from './lib/mounts.mjs';
import { makeDirectory, Postgres } from './lib/postgres.mjs';
import { startStack, until } from './lib/stack.mjs';

const BEATS = ['beat-1', 'beat-2', 'beat-3', 'beat-4'];

/** Services that count how often they were looked at: whatever is lost, doubled or out of order shows. */
const beats = ({ target }) => ({
  'beats.lua': `for _, name in ipairs { "${BEATS.join('", "')}" } do
    service { name = name, every = "100ms", timeout = "30s", fall = 1,
      probe = function() return { n = http.get("${target.url}/" .. name):expect(200):json().n } end,
      limits = { n = { down = "== 20" } } }
  end`,
});

function counting() {
  const counts = {};
  return ({ url }) => ({ n: (counts[url] = (counts[url] ?? 0) + 1) });
}

const status = (stack) => stack.control({ op: 'status' });

/** Checks go on and wait in the journal, and it is said since when and why. */
async function growsBehind(stack, why) {
  await until('the store says what it suffers from', async () => {
    const { store } = await status(stack);
    return store.failing_since && why.test(store.error);
  }, 60);
  const { journal, runs } = await status(stack);
  await until('checks go on and wait', async () => {
    const now = await status(stack);
    return now.runs.finished >= runs.finished + 40 && now.journal.entries >= journal.entries + 40;
  }, 60);
  const { services } = await stack.control({ op: 'overview' });
  assert.ok(
    services.every(({ stale }) => !stale),
    'what is shown is of now',
  );
}

/** Everything that happened until now is in Postgres, each once and in order; and since then it went on. */
async function hasFollowed(stack) {
  await stack.sync();
  const rows = await stack.sql(
    `SELECT service_name, array_agg((details_json->>'n')::int ORDER BY id) AS seen, bool_and(checked_at >= before) AS ordered FROM (
       SELECT *, coalesce(lag(checked_at) OVER (PARTITION BY service_name ORDER BY id), '-infinity') AS before FROM health_checks) AS c GROUP BY 1 ORDER BY 1`,
  );
  assert.deepEqual(
    rows.map((row) => row.service_name),
    BEATS,
  );
  for (const { service_name, seen, ordered } of rows) {
    assert.deepEqual(
      seen,
      seen.map((_, i) => i + 1),
      `${service_name}: each one once, in order`,
    );
    assert.ok(ordered, service_name);
  }
  const newest = () => stack.sql(`SELECT max(id)::int AS id FROM health_checks`);
  const [{ id }] = await newest();
  await until('new ones follow', async () => (await newest())[0].id > id);
  const { store, journal } = await status(stack);
  assert.deepEqual([store.failing_since, journal.dropped, journal.set_aside], [null, 0, 0]);
}

test('Postgres refuses connections, or everything that is written: nothing is lost, and on its return it follows in order', async (t) => {
  const stack = await startStack(t, { checks: beats, answer: counting(), parts: ['scheduler'] });
  const superuser = { user: 'postgres', database: 'postgres' };
  /** What holds for new sessions of the database; those there are end. */
  async function alter(change) {
    await stack.postgres.exec(`ALTER DATABASE signalbox ${change}`, superuser);
    await stack.postgres.exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'signalbox'`, superuser);
  }
  await hasFollowed(stack);

  await t.test('no more connections for an ordinary role', async () => {
    await alter('CONNECTION LIMIT 0');
    await growsBehind(stack, /too many connections/);
    await alter('CONNECTION LIMIT -1');
    await hasFollowed(stack);
  });

  await t.test('read-only, as a standby or a cluster in maintenance is', async () => {
    await alter('SET default_transaction_read_only = on');
    await growsBehind(stack, /read-only transaction/);
    await alter('RESET default_transaction_read_only');
    await hasFollowed(stack);
  });

  await t.test('the schema is not the one it needs', async () => {
    await stack.postgres.exec('ALTER TABLE health_checks RENAME COLUMN latency_ms TO latency');
    await growsBehind(stack, /"latency_ms".* does not exist/);
    await stack.postgres.exec('ALTER TABLE health_checks RENAME COLUMN latency TO latency_ms');
    await hasFollowed(stack);
  });

  await t.test('somebody holds a lock on the table for as long as he likes', async () => {
    const release = await stack.postgres.hold('BEGIN; LOCK TABLE health_checks IN SHARE MODE');
    try {
      await growsBehind(stack, /did not answer within 10 s/);
    } finally {
      await release();
    }
    await hasFollowed(stack);
  });
});

/** Fills a file system to the last block; resolves with what makes room again. */
async function fill(directory) {
  const ballast = await open(path.join(directory, 'ballast'), 'w');
  for (const size of [65536, 4096, 512]) {
    const block = Buffer.alloc(size);
    try {
      for (;;) await ballast.write(block);
    } catch (error) {
      assert.equal(error.code, 'ENOSPC');
    }
  }
  return async () => {
    await ballast.truncate(0);
    await ballast.close();
  };
}

test('the disk of the journal is full: checks go on, what happened stays in memory, and is written when there is room', async (t) => {
  const place = await makeDirectory('disk');
  const small = path.join(place, 'small');
  if (!(await canMount(path.join(place, 'try')))) {
    t.diagnostic('no right to mount here: a full disk is not tested');
    return;
  }
  const stack = await startStack(t, {
    answer: counting(),
    parts: ['scheduler'],
    checks: async (stack) => {
      await mountSmall(t, small, 'size=8m');
      t.after(() => rm(place, { recursive: true, force: true }));
      await symlink(path.join(small, 'journal.sqlite'), stack.file('journal.sqlite'));
      return beats(stack);
    },
  });
  await hasFollowed(stack);
  const makeRoom = await fill(small);
  await until('the journal says that it cannot be written', async () => /full/.test((await status(stack)).journal.error ?? ''));
  const { runs } = await status(stack);
  await until('checks go on', async () => (await status(stack)).runs.finished >= runs.finished + 80);
  await makeRoom();
  await until('the journal is written again', async () => (await status(stack)).journal.error === null);
  await hasFollowed(stack);
});

test('how long results are kept is a setting that takes effect when it is saved', async (t) => {
  const stack = await startStack(t, { checks: beats, answer: counting(), settings: { retention: { raw: '5d' } }, parts: ['scheduler'] });
  await stack.sync();
  // As any client may write them: of days that no partition was made for.
  await stack.postgres.exec(`INSERT INTO health_checks (service_name, status, checked_at)
    SELECT 'client', 'healthy', date_trunc('day', now(), 'UTC') - n * interval '1 day' + interval '1 hour' FROM generate_series(1, 8) n`);
  const days = async () => (await stack.sql(`SELECT count(*)::int AS n FROM health_checks WHERE service_name = 'client'`))[0].n;
  const keep = async (raw, expected) => {
    await stack.writeCheck('settings.lua', `return { retention = { raw = "${raw}" } }`);
    await until(`results of ${expected} days are left`, async () => (await days()) === expected);
  };
  await keep('6d', 6);
  await keep('3d', 3);
  await keep('1d', 1);
  const [{ n }] = await stack.sql('SELECT count(*)::int AS n FROM health_checks_default');
  assert.equal(n, 0, 'no row was deleted: each went with its day');
});

test('the disk of Postgres is full: what waits follows when there is room again', async (t) => {
  const place = await makeDirectory('disk');
  const small = path.join(place, 'small');
  if (!(await canMount(path.join(place, 'try')))) {
    t.diagnostic('no right to mount here: a full disk is not tested');
    return;
  }
  const superuser = { user: 'postgres', database: 'postgres' };
  const stack = await startStack(t, {
    answer: counting(),
    parts: ['scheduler'],
    checks: async (stack) => {
      // Taken away after Postgres has ended.
      await mountSmall(t, small, 'size=24m,uid=postgres');
      t.after(() => rm(place, { recursive: true, force: true }));
      await stack.postgres.exec(`CREATE TABLESPACE small OWNER signalbox LOCATION '${small}'`, superuser);
      await stack.postgres.exec('ALTER ROLE signalbox SET default_tablespace = small', superuser);
      return beats(stack);
    },
  });
  await hasFollowed(stack);
  const makeRoom = await fill(small);
  await growsBehind(stack, /No space left on device/);
  await makeRoom();
  await hasFollowed(stack);
});

test('a scheduler that has never seen its Postgres works from its journal, and brings it up to date when there is one', async (t) => {
  const stack = await startStack(t, { checks: beats, answer: counting(), parts: [] });
  await stack.postgres.exec('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  await stack.postgres.stop();
  await stack.start('scheduler');
  await stack.reload();
  await growsBehind(stack, /No such file or directory|Connection refused/);
  await stack.kill('scheduler');
  await stack.start('scheduler');
  await stack.reload();
  await growsBehind(stack, /No such file or directory|Connection refused/);

  await t.test('it is there, and empty: somebody has yet to migrate it', async () => {
    await stack.postgres.start();
    await growsBehind(stack, /does not exist/);
    await stack.migrate();
    await stack.sync();
    for (const name of BEATS) {
      const rows = await stack.results(name);
      const seen = rows.map((row) => row.details_json.n);
      assert.equal(seen[0], 1);
      assert.ok(
        seen.every((n, i) => i === 0 || n > seen[i - 1]),
        'in order',
      );
      // What was on its way, and not yet durable, when the scheduler was killed: one place, and nothing anywhere else.
      const gaps = seen.filter((n, i) => i > 0 && n !== seen[i - 1] + 1);
      assert.ok(gaps.length <= 1, `${name}: results are missing before ${gaps}`);
      // The windows tell the same story as the results; while the scheduler was dead there is a hole.
      const told = (list) => list.map(({ status }) => status).filter((status, i, all) => status !== all[i - 1]);
      assert.deepEqual(told(await stack.windows(name)), told(rows));
    }
  });
});

test('beyond its cap the journal lets the oldest results go and no change of status, and says so', async (t) => {
  const stack = await startStack(t, {
    answer: counting(),
    settings: { journal: { max_results: 1000 } },
    parts: ['scheduler'],
    checks: (stack) => ({
      ...beats(stack),
      'many.lua': `for i = 1, 40 do service { name = "many-" .. i, every = "100ms", probe = function() return { i = i } end } end`,
    }),
  });
  await stack.sync();
  await stack.postgres.stop();
  await until('the journal is full and results go', async () => (await status(stack)).journal.dropped >= 500, 60);
  const { journal } = await status(stack);
  assert.ok(journal.entries <= 1200, `${journal.entries} entries`);
  assert.match(stack.programs.scheduler.words, /level=warn event=journal_full cap=1000/);
  const { text } = await stack.control({ op: 'metrics' });
  assert.ok(Number(/^signalbox_journal_dropped_total (\d+)$/m.exec(text)[1]) >= journal.dropped, 'the metrics count them');
  await until('changes of status have happened meanwhile', async () => {
    const { service } = await stack.control({ op: 'service', service: 'beat-1' });
    return service.measures.n > 25;
  });
  await stack.postgres.start();
  await stack.sync();
  for (const name of BEATS) {
    const windows = await stack.windows(name);
    assert.deepEqual(windows.map((window) => window.status), ['healthy', 'down', 'healthy'], `${name}: every change of status`);
    for (const [i, { started_at }] of windows.entries()) assert.ok(i === 0 || started_at === windows[i - 1].ended_at, 'and no hole');
    const rows = await stack.results(name);
    assert.ok(rows.every((row, i) => i === 0 || row.details_json.n > rows[i - 1].details_json.n), 'what is left is in order');
    const { measures } = await stack.service(name);
    assert.ok(rows.at(-1).details_json.n >= measures.n - 20, 'and the newest are there');
  }
});

test('a primary that dies: the store follows to the one that was promoted', async (t) => {
  const directory = await makeDirectory('standby');
  const stack = await startStack(t, { checks: beats, answer: counting(), parts: [] });
  const standby = await Postgres.standbyOf(stack.postgres, path.join(directory, 'pg'));
  t.after(() => standby.stop());
  t.after(() => rm(directory, { recursive: true, force: true }));
  stack.databaseUrl = `host=${standby.directory},${stack.postgres.directory} user=signalbox dbname=signalbox target_session_attrs=read-write`;
  await stack.start('scheduler');
  await stack.reload();
  await stack.firstRuns();
  await hasFollowed(stack);
  await until('the standby has followed', async () => (await standby.exec('SELECT count(*) FROM health_checks')) !== '0');
  await stack.postgres.stop('SIGQUIT');
  await growsBehind(stack, /./);
  await standby.exec('SELECT pg_promote()', { user: 'postgres', database: 'postgres' });
  stack.postgres = Object.assign(standby, { primary: stack.postgres });
  await stack.sync();
  const [{ n }] = await stack.sql('SELECT count(*)::int AS n FROM health_checks');
  await until('new ones follow', async () => (await stack.sql('SELECT count(*)::int AS n FROM health_checks'))[0].n > n);
});
