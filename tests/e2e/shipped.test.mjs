// The six checks of checks.d, as they are shipped, against the real things.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import test, { describe } from 'node:test';
import { ComfyUI } from './lib/comfyui.mjs';
import { canMount, mountHung, mountSmall } from './lib/mounts.mjs';
import { Nats } from './lib/nats.mjs';
import { Postgres, makeDirectory } from './lib/postgres.mjs';
import { Redis } from './lib/redis.mjs';
import { lua, shipped, startStack, until } from './lib/stack.mjs';

const six = ['backend', 'comfyui', 'event_bus', 'filesystem', 'postgres', 'workers'];

async function checksOf(...names) {
  return Object.fromEntries(await Promise.all(names.map(async (name) => [`${name}.lua`, await shipped(`${name}.lua`)])));
}

/** New settings, taken over. */
async function configure(stack, settings) {
  await stack.writeCheck('settings.lua', `return ${lua(settings)}`);
  await stack.reload();
}

/** One run's own verdict as "status: message". */
async function verdict(stack, name) {
  const { ok, status, error_message: why, error } = await stack.recheck(name);
  if (!ok) throw new Error(error);
  return why === null ? status : `${status}: ${why}`;
}

const measures = async (stack, name) => (await stack.service(name)).measures;

/** An address of this machine where nobody listens. */
async function deadAddress() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}`;
}

/** A client that holds a connection and does nothing with it. */
async function holdConnection(url) {
  const client = spawn('psql', ['-XAtqd', url], { stdio: ['pipe', 'pipe', 'ignore'] });
  client.stdin.write('SELECT 1;\n');
  await Promise.race([once(client.stdout, 'data'), once(client, 'exit')]);
  return {
    async close() {
      client.stdin.end();
      if (client.exitCode === null) await once(client, 'exit');
    },
  };
}

const WORKERS = `CREATE TABLE workers (
  name text PRIMARY KEY, hostname text, address text, status text, last_heartbeat_at timestamptz,
  is_approved boolean NOT NULL DEFAULT true, is_enabled boolean NOT NULL DEFAULT true)`;

// Most of their time is spent waiting for what does not answer: several at once.
describe('the six shipped checks', { concurrency: 3 }, () => {
  test('what is not configured is not declared: with nothing set no service is there, and none is red', async (t) => {
    const stack = await startStack(t, { checks: { ...(await checksOf(...six)), 'settings.lua': await shipped('settings.lua') } });
    const { services } = await stack.control({ op: 'overview' });
    assert.deepEqual(services, []);
    const { files } = await stack.control({ op: 'status' });
    assert.deepEqual(
      files.filter((file) => file.error),
      [],
    );
    const { status, json } = await stack.get('/admin/health', { as: 'admin' });
    assert.deepEqual([status, json.services, json.status, json.ready], [200, [], null, false]);
  });

  test('postgres: reachable, writable, room in its pool, schema as expected', async (t) => {
    const stack = await startStack(t, {
      checks: await checksOf('postgres'),
      postgres: { max_connections: 20, superuser_reserved_connections: 3 },
    });
    const { postgres } = stack;
    await postgres.exec(
      'CREATE TABLE platform_migrations (version text); INSERT INTO platform_migrations VALUES (41); CREATE ROLE watcher LOGIN',
      { user: 'postgres' },
    );
    await postgres.exec('GRANT SELECT ON platform_migrations TO watcher', { user: 'postgres' });
    const migration = { query: 'SELECT max(version) FROM platform_migrations', expected: '41' };
    await configure(stack, { postgres: { url: postgres.url('watcher'), migration } });

    await t.test('healthy, with what it measured', async () => {
      assert.equal(await verdict(stack, 'postgres'), 'healthy');
      const m = await measures(stack, 'postgres');
      assert.deepEqual([m.connections_max, m.read_only, m.migration_current], [17, false, true]);
      assert.ok(m.connections >= 1 && m.connections < 10 && m.connect_ms >= 0 && /^\d+/.test(m.version));
      const [{ began }] = await stack.sql('SELECT extract(epoch FROM pg_postmaster_start_time())::float8 AS began');
      assert.ok(Math.abs(new Date((await stack.service('postgres')).up_since).getTime() / 1000 - began) < 0.01, 'up since its own start');
      await stack.sync();
      assert.deepEqual((await stack.results('postgres')).pop().details_json, m);
    });

    await t.test('degraded when the schema is not at the expected migration', async () => {
      await postgres.exec('UPDATE platform_migrations SET version = 40', { user: 'postgres' });
      assert.equal(await verdict(stack, 'postgres'), 'degraded: the schema is not at the expected migration');
      await postgres.exec('UPDATE platform_migrations SET version = 41', { user: 'postgres' });
      assert.equal(await verdict(stack, 'postgres'), 'healthy');
    });

    await t.test('down, in the words of Postgres, when the table of migrations is not there', async () => {
      await configure(stack, {
        postgres: { url: postgres.url('watcher'), migration: { ...migration, query: 'SELECT version FROM nowhere' } },
      });
      assert.match(await verdict(stack, 'postgres'), /^down: .*relation "nowhere" does not exist/);
      await configure(stack, { postgres: { url: postgres.url('watcher'), migration } });
      assert.equal(await verdict(stack, 'postgres'), 'healthy');
    });

    await t.test('degraded at 80 % of the connections, down at 95 %, down when it is turned away', async () => {
      const held = [];
      const others = `SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`;
      const asSuperuser = { user: 'postgres' };
      /** That many connections are in use when the probe has its own, and the one of the probe before is gone. */
      const use = async (connections) => {
        while ((await postgres.exec(`${others} AND usename <> 'watcher'`, asSuperuser)) < connections - 1)
          held.push(await holdConnection(postgres.url('signalbox')));
        await until('the last probe has gone', async () => (await postgres.exec(others, asSuperuser)) === String(connections - 1));
      };
      await use(13);
      assert.equal(await verdict(stack, 'postgres'), 'healthy');
      await use(14);
      assert.equal(await verdict(stack, 'postgres'), 'degraded: 14 of 17 connections are in use');
      await use(17);
      assert.equal(await verdict(stack, 'postgres'), 'down: 17 of 17 connections are in use');
      await use(18);
      assert.match(await verdict(stack, 'postgres'), /^down: .*remaining connection slots are reserved/);
      for (const client of held) await client.close();
      await until('there is room again', async () => (await verdict(stack, 'postgres')) === 'healthy');
    });

    await t.test('down when its disk is full, though SELECT still answers', async (t) => {
      const place = await makeDirectory('disk');
      if (await canMount(path.join(place, 'try'))) await mountSmall(t, path.join(place, 'small'), 'size=1m,uid=postgres');
      t.after(() => rm(place, { recursive: true, force: true }));
      if (!existsSync(path.join(place, 'small'))) return t.diagnostic('no right to mount here: not tested');
      const as = { user: 'postgres' };
      await postgres.exec(`CREATE TABLESPACE small LOCATION '${place}/small'`, as);
      await postgres.exec('GRANT CREATE ON TABLESPACE small TO watcher; ALTER ROLE watcher SET temp_tablespaces = small', as);
      assert.equal(await verdict(stack, 'postgres'), 'healthy');
      await writeFile(path.join(place, 'small/filler'), Buffer.alloc(1 << 20)).catch((error) => assert.equal(error.code, 'ENOSPC'));
      assert.match(await verdict(stack, 'postgres'), /^down: .*No space left on device/);
      await rm(path.join(place, 'small/filler'));
      assert.equal(await verdict(stack, 'postgres'), 'healthy');
      await postgres.exec('ALTER ROLE watcher RESET temp_tablespaces', as);
      await until('nothing is left in it', () => postgres.exec('DROP TABLESPACE small', as).then(() => true));
      return undefined;
    });

    await t.test('down when it is a read-only standby', async (t) => {
      const standby = await Postgres.standbyOf(postgres, stack.file('standby'));
      t.after(() => standby.stop());
      await configure(stack, { postgres: { url: standby.url('watcher') } });
      assert.match(await verdict(stack, 'postgres'), /^down: .*read-only/);
      await configure(stack, { postgres: { url: postgres.url('watcher'), migration } });
    });

    await t.test('down when it is stopped, down within its timeout when it stands still', async () => {
      await postgres.stop();
      assert.match(await verdict(stack, 'postgres'), /^down: .*(No such file|refused|not accept)/);
      await postgres.start();
      assert.equal(await verdict(stack, 'postgres'), 'healthy');
      await postgres.freeze();
      assert.match(await verdict(stack, 'postgres'), /^down: timed out after 5 s: /);
      postgres.resume();
      await until('it is itself again', async () => (await verdict(stack, 'postgres')) === 'healthy');
    });
  });

  test('event_bus: what is published arrives', async (t) => {
    const stack = await startStack(t, {
      checks: await checksOf('event_bus'),
      settings: ({ postgres }) => ({ event_bus: { url: postgres.url() } }),
      parts: ['scheduler'],
    });
    assert.equal(await verdict(stack, 'event_bus'), 'healthy');
    const { delivered, round_trip_ms: ms } = await measures(stack, 'event_bus');
    assert.ok(delivered === true && ms > 0, `round trip ${ms} ms`);
    await stack.postgres.stop();
    assert.match(await verdict(stack, 'event_bus'), /^down: /);
    await stack.postgres.start();
    assert.equal(await verdict(stack, 'event_bus'), 'healthy');
    const [{ left }] = await stack.sql(
      `SELECT count(*)::int AS left FROM pg_stat_activity WHERE query LIKE 'LISTEN%' OR query LIKE 'NOTIFY%'`,
    );
    assert.equal(left, 0, 'a run leaves no connection behind');
  });

  test('event_bus: carried by NATS or by Redis', async (t) => {
    const stack = await startStack(t, { checks: await checksOf('event_bus'), parts: ['scheduler'] });
    await writeFile(stack.file('secrets/event-bus'), 'correct horse\n');
    await writeFile(stack.file('secrets/wrong'), 'battery staple\n');
    const delivered = async (carrier) => {
      assert.equal(await verdict(stack, 'event_bus'), 'healthy');
      const m = await measures(stack, 'event_bus');
      assert.ok(m.carrier === carrier && m.delivered === true && m.round_trip_ms > 0, JSON.stringify(m));
    };

    await t.test('NATS', async (t) => {
      const nats = await Nats.start(
        stack.file('nats'),
        'authorization { users: [{ user: signalbox, password: "correct horse", permissions: { publish: "signalbox.check.>", subscribe: "signalbox.check.>" } }] }',
      );
      t.after(() => nats.stop());
      const bus = { nats: nats.url, user: 'signalbox', password_file: 'event-bus' };
      await configure(stack, { event_bus: bus });
      await delivered('nats');
      await configure(stack, { event_bus: { ...bus, password_file: 'wrong' } });
      assert.match(await verdict(stack, 'event_bus'), /^down: nats: Authorization Violation/);
      await configure(stack, { event_bus: bus });
      await delivered('nats');
      await nats.stop();
      assert.match(await verdict(stack, 'event_bus'), /^down: nats: .*refused/);
      await nats.begin();
      await delivered('nats');
    });

    await t.test('Redis', async (t) => {
      const redis = await Redis.start(stack.file('redis'), { requirepass: 'correct horse' });
      t.after(() => redis.stop());
      const bus = { redis: redis.url, password_file: 'event-bus' };
      await configure(stack, { event_bus: bus });
      await delivered('redis');
      await configure(stack, { event_bus: { redis: redis.url } });
      assert.match(await verdict(stack, 'event_bus'), /^down: redis SUBSCRIBE: NOAUTH/);
      await configure(stack, { event_bus: bus });
      await delivered('redis');
      redis.freeze();
      assert.match(await verdict(stack, 'event_bus'), /^down: .*(timed out after 5 s|nothing came within)/);
      redis.resume();
      await until('it is itself again', async () => (await verdict(stack, 'event_bus')) === 'healthy');
      await redis.stop();
      assert.match(await verdict(stack, 'event_bus'), /^down: redis: .*refused/);
    });
  });

  test('backend: its address answers, and how fast', async (t) => {
    const stack = await startStack(t, {
      checks: await checksOf('backend'),
      settings: ({ target }) => ({ backend: { url: `${target.url}/health` } }),
      parts: ['scheduler'],
    });
    const { target } = stack;
    assert.equal(await verdict(stack, 'backend'), 'healthy');
    assert.deepEqual((({ http_status, body_bytes }) => [http_status, body_bytes])(await measures(stack, 'backend')), [200, 2]);
    target.answer = () => 204;
    assert.equal(await verdict(stack, 'backend'), 'healthy');
    target.answer = () => 503;
    assert.match(await verdict(stack, 'backend'), /^down: .*503/);
    target.answer = () => new Promise((resolve) => setTimeout(() => resolve({}), 1100)); // slower than its limit
    assert.match(await verdict(stack, 'backend'), /^degraded: response_ms .* > 1000/);
    target.hold();
    assert.match(await verdict(stack, 'backend'), /^down: timed out after 5 s/);
    target.release();
    await configure(stack, { backend: { url: await deadAddress() } });
    assert.match(await verdict(stack, 'backend'), /^down: .*refused/);
    await configure(stack, { backend: { url: 'http://backend.invalid/' } });
    assert.match(await verdict(stack, 'backend'), /backend\.invalid/);
  });

  test('workers: each of the pool is reachable and has a heart-beat', async (t) => {
    const stack = await startStack(t, { checks: await checksOf('workers'), parts: ['scheduler'] });
    const { postgres, target } = stack;
    await postgres.exec(WORKERS);
    await configure(stack, { workers: { table: 'workers', url: postgres.url(), heartbeat_every: 15 } });

    await t.test('from the table of the platform', async () => {
      const beat = (name, age = '0 s') =>
        postgres.exec(`UPDATE workers SET last_heartbeat_at = now() - interval '${age}' WHERE name = '${name}'`);
      assert.equal(await verdict(stack, 'workers'), 'down: the pool has no approved and enabled worker');
      await postgres.exec(
        `INSERT INTO workers (name, address, last_heartbeat_at) VALUES ('gpu-1', '${target.url}/1', now()), ('gpu-2', '${target.url}/2', now())`,
      );
      assert.equal(await verdict(stack, 'workers'), 'healthy');
      const m = await measures(stack, 'workers');
      assert.deepEqual([m.total, m.online, m.missing], [2, 2, '']);
      assert.ok(m.oldest_heartbeat_s >= 0 && m.oldest_heartbeat_s < 10);
      assert.equal(target.requests, 2, 'each was asked');

      await beat('gpu-2', '50 s');
      assert.equal(await verdict(stack, 'workers'), 'degraded: 1 of 2 workers are online; missing: gpu-2');
      await beat('gpu-2', '40 s');
      assert.equal(await verdict(stack, 'workers'), 'healthy', 'three beats may be missed');
      await postgres.exec(`UPDATE workers SET address = '${await deadAddress()}' WHERE name = 'gpu-1'`);
      assert.equal(await verdict(stack, 'workers'), 'degraded: 1 of 2 workers are online; missing: gpu-1');
      await beat('gpu-2', '1 hour');
      assert.equal(await verdict(stack, 'workers'), 'down: no worker is online: gpu-1, gpu-2');
      await postgres.exec(
        `UPDATE workers SET is_enabled = false WHERE name = 'gpu-1'; UPDATE workers SET last_heartbeat_at = now() WHERE name = 'gpu-2'`,
      );
      assert.equal(await verdict(stack, 'workers'), 'healthy', 'one that is not enabled does not count');
      await postgres.exec(`INSERT INTO workers (name, is_approved) VALUES ('newcomer', false)`);
      assert.equal(await verdict(stack, 'workers'), 'healthy', 'nor one that is not approved');
      await postgres.exec(`INSERT INTO workers (name) VALUES ('silent')`);
      assert.match(await verdict(stack, 'workers'), /missing: silent$/, 'one that never had a heart-beat is not online');
    });

    await t.test('from a list in the settings', async () => {
      const dead = await deadAddress();
      await configure(stack, { workers: { list: { 'gpu-1': `${target.url}/1`, 'gpu-2': `${target.url}/2` } } });
      assert.equal(await verdict(stack, 'workers'), 'healthy');
      await configure(stack, { workers: { list: { 'gpu-1': `${target.url}/1`, 'gpu-2': dead } } });
      assert.equal(await verdict(stack, 'workers'), 'degraded: 1 of 2 workers are online; missing: gpu-2');
      await configure(stack, { workers: { list: { 'gpu-2': dead } } });
      assert.equal(await verdict(stack, 'workers'), 'down: no worker is online: gpu-2');
    });
  });

  test('filesystem: space, inodes, and whether a file can be written', async (t) => {
    const stack = await startStack(t, { checks: await checksOf('filesystem'), parts: ['scheduler'] });
    const places = await makeDirectory('places');
    t.after(() => rm(places, { recursive: true, force: true }));
    const at = (name) => path.join(places, name);
    await mkdir(at('plain'));
    await configure(stack, { filesystem: { filesystem: at('plain'), missing: at('missing') } });

    assert.match(await verdict(stack, 'filesystem'), /^(healthy|degraded: (inodes_)?used_pct)/, 'this machine has room');
    const m = await measures(stack, 'filesystem');
    assert.ok(m.free_gib > 0 && m.used_pct >= 0 && m.used_pct <= 100 && m.write_ms >= 0 && m.path === at('plain'));
    assert.match(await verdict(stack, 'missing'), /^down: .*No such file/);

    // No mode stops root, who is stopped by a read-only mount below.
    if (process.getuid() !== 0)
      await t.test('one that cannot be written to is down', async () => {
        await chmod(at('plain'), 0o555);
        assert.match(await verdict(stack, 'filesystem'), /^down: .*Permission denied/);
        await chmod(at('plain'), 0o755);
      });
    if (!(await canMount(at('try')))) {
      t.diagnostic('no right to mount here: full, read-only and hung file systems are not tested');
      return;
    }

    await t.test('one that fills is degraded, then down, and well again', async (t) => {
      await mountSmall(t, at('small'), 'size=1m');
      await configure(stack, { filesystem: { small: at('small') } });
      assert.equal(await verdict(stack, 'small'), 'healthy');
      await writeFile(at('small/filler'), Buffer.alloc(0.9 * 1024 * 1024));
      assert.match(await verdict(stack, 'small'), /^degraded: used_pct 9\d\S* > 85$/);
      await writeFile(at('small/filler'), Buffer.alloc(0.97 * 1024 * 1024));
      assert.match(await verdict(stack, 'small'), /^down: used_pct 9\d\S* > 95$/);
      await writeFile(at('small/rest'), Buffer.alloc(1 << 20)).catch(() => {});
      assert.match(await verdict(stack, 'small'), /^down: .*(No space left on device|used_pct 100)/);
      await rm(at('small/filler'));
      await rm(at('small/rest'));
      assert.equal(await verdict(stack, 'small'), 'healthy');
    });

    await t.test('one that has space and no inodes left', async (t) => {
      await mountSmall(t, at('inodes'), 'size=1m,nr_inodes=20');
      await configure(stack, { filesystem: { inodes: at('inodes') } });
      assert.equal(await verdict(stack, 'inodes'), 'healthy');
      for (let n = 0; n < 17; n++) await writeFile(at(`inodes/${n}`), '');
      assert.match(await verdict(stack, 'inodes'), /^degraded: inodes_used_pct 9\d?\S* > 85$/);
      for (let n = 17; n < 19; n++) await writeFile(at(`inodes/${n}`), '');
      assert.match(await verdict(stack, 'inodes'), /^down: /);
    });

    await t.test('one that is mounted read-only', async (t) => {
      await mountSmall(t, at('fixed'), 'size=1m,ro');
      await configure(stack, { filesystem: { fixed: at('fixed') } });
      assert.match(await verdict(stack, 'fixed'), /^down: .*Read-only file system/);
    });

    await t.test(
      'one that hangs is noticed, not joined: neighbours go on, nobody is left behind, and it is well once it answers',
      async (t) => {
        const hung = await mountHung(t, at('hung'));
        await configure(stack, { filesystem: { hung: at('hung'), filesystem: at('plain') } });
        let isOver = false;
        const asked = Date.now();
        const first = verdict(stack, 'hung').finally(() => (isOver = true));
        assert.match(await verdict(stack, 'filesystem'), /^(healthy|degraded)/);
        assert.equal(isOver, false, 'its neighbour does not wait');
        assert.match(await first, /^down: .*hung/);
        const told = Date.now();
        assert.match(await verdict(stack, 'hung'), /^down: .*hung/);
        assert.ok(Date.now() - told < told - asked, 'it is known to hang: nobody waits for it again');
        await hung.release();
        await until('it is a plain directory again', async () => /^(healthy|degraded)/.test(await verdict(stack, 'hung')));
      },
    );

    await t.test('one that hangs keeps nobody from stopping Signalbox', async (t) => {
      await mountHung(t, at('hung-2'));
      await configure(stack, { filesystem: { hung: at('hung-2') } });
      const asked = stack.recheck('hung').catch(() => null);
      await until('it is being asked', async () => (await stack.control({ op: 'status' })).runners.some((runner) => runner.running > 0));
      await stack.end('scheduler');
      assert.equal(await asked, null);
    });
  });

  test('comfyui: the API with its version, the WebSocket, the queue; one service an instance', async (t) => {
    const [one, two, deaf, stopped] = await Promise.all([ComfyUI.start(), ComfyUI.start(), ComfyUI.start(), ComfyUI.start()]);
    t.after(() => Promise.all([one, two, deaf, stopped].map((comfyui) => comfyui.stop())));
    deaf.isDeaf = true;
    stopped.isStopped = true;
    const stack = await startStack(t, {
      checks: await checksOf('comfyui'),
      settings: { comfyui: { 'comfyui-1': one.url, 'comfyui-2': two.url, 'comfyui-gone': await deadAddress() } },
      parts: ['scheduler'],
    });
    const { services } = await stack.control({ op: 'overview' });
    assert.deepEqual(services.map((s) => [s.service_name, s.title]).sort(), [
      ['comfyui-1', 'ComfyUI 1'],
      ['comfyui-2', 'ComfyUI 2'],
      ['comfyui-gone', 'ComfyUI gone'],
    ]);

    await t.test('healthy, with what it measured', async () => {
      assert.equal(await verdict(stack, 'comfyui-1'), 'healthy');
      const m = await measures(stack, 'comfyui-1');
      assert.deepEqual([m.version, m.queue_running, m.queue_pending, m.ws_first_message, m.vram_free_pct], ['0.12.1', 0, 0, 'status', 75]);
      assert.ok(m.ws_ping_ms >= 0);
      assert.match(m.gpu, /RTX 4090/);
      assert.equal(one.sockets.size <= 4, true);
    });

    await t.test('healthy without a GPU, and of an older kind that does not know its version', async () => {
      two.devices = [];
      two.version = 'unknown';
      assert.equal(await verdict(stack, 'comfyui-2'), 'healthy');
      const m = await measures(stack, 'comfyui-2');
      assert.deepEqual([m.version, m.gpu, m.vram_free_pct], ['unknown', undefined, undefined]);
    });

    await t.test('degraded when its queue is long, or when the WebSocket says something else first', async () => {
      one.pending = Array.from({ length: 51 }, (_, n) => [n, `prompt-${n}`, {}, {}, ['1']]);
      assert.equal(await verdict(stack, 'comfyui-1'), 'degraded: queue_pending 51 > 50');
      one.pending = [];
      one.firstMessage = 'feature_flags';
      assert.match(await verdict(stack, 'comfyui-1'), /^degraded: ws_first_message/);
      one.firstMessage = 'status';
      assert.equal(await verdict(stack, 'comfyui-1'), 'healthy');
    });

    await t.test('down when nobody is there, when there is no WebSocket, when it answers nonsense', async () => {
      assert.match(await verdict(stack, 'comfyui-gone'), /^down: .*refused/);
      one.hasWebSocket = false;
      assert.match(await verdict(stack, 'comfyui-1'), /^down: .*404/);
      one.hasWebSocket = true;
      stack.target.answer = () => 'no JSON';
      await configure(stack, {
        comfyui: { 'comfyui-1': one.url, 'comfyui-2': stack.target.url, 'comfyui-deaf': deaf.url, 'comfyui-stopped': stopped.url },
      });
      assert.match(await verdict(stack, 'comfyui-2'), /^down: .*JSON/);
      assert.equal(await verdict(stack, 'comfyui-1'), 'healthy');
    });

    await t.test('down within its timeout when it is stopped, or when HTTP answers and the WebSocket does not', async () => {
      const [stoppedSays, deafSays] = await Promise.all([verdict(stack, 'comfyui-stopped'), verdict(stack, 'comfyui-deaf')]);
      assert.match(stoppedSays, /^down: .*(timed out|within)/);
      assert.match(deafSays, /^down: .*(ping|timed out|within)/);
    });
  });
});
