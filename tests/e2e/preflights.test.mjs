// The shipped startup checklist against real counterparts: each of its checks passes when things are right, and says what is wrong when they are not.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, rename, truncate, writeFile } from 'node:fs/promises';
import test from 'node:test';
import { ComfyUI } from './lib/comfyui.mjs';
import { openDesk } from './lib/desk.mjs';
import { lua, shipped, startStack, until } from './lib/stack.mjs';

const GIB = 2 ** 30;
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

async function openPlatform(t) {
  const comfyui = await ComfyUI.start();
  t.after(() => comfyui.stop());
  const checks = {};
  for (const name of ['preflight', 'comfyui', 'workers']) checks[`${name}.lua`] = await shipped(`${name}.lua`);
  const stack = await startStack(t, { checks, parts: [], ownClock: true });
  await stack.postgres.exec("CREATE TABLE platform_migrations (version text); INSERT INTO platform_migrations VALUES ('41')");
  await mkdir(stack.file('models'));
  const model = stack.file('models/base.safetensors');
  await writeFile(model, 'weights');
  const settings = {
    signalbox: { url: stack.postgres.url() },
    postgres: { url: stack.postgres.url(), migration: { query: 'SELECT max(version) FROM platform_migrations', expected: '41' } },
    comfyui: { 'comfyui-1': comfyui.url },
    workers: { list: { 'gpu-1': stack.target.url } },
    filesystem: { media: stack.directory },
    models: { files: [{ path: model, size: 7, sha256: sha256('weights') }], comfyui: { checkpoints: ['base.safetensors'] } },
  };
  const write = (now) => stack.writeCheck('settings.lua', `return ${lua(now)}`);
  await write(settings);
  for (const part of ['scheduler', 'api', 'nginx']) await stack.start(part);
  await stack.reload();
  const list = async () => (await stack.get('/admin/health/startup-checklist', { as: 'viewer' })).json;
  const run = () =>
    stack.get('/admin/health/startup-checklist/run', { as: 'admin', method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' });
  /** The check when it is as wanted; it is run until then. */
  const check = (name, wanted) =>
    until(
      `${name} is as wanted`,
      async () => {
        const one = (await list()).checks.find((each) => each.name === name);
        if (one && wanted(one)) return one;
        if (!one?.running) await run();
        throw new Error(JSON.stringify(one));
      },
      60,
    );
  const configure = async (change) => {
    await write({ ...settings, ...change });
    await stack.reload();
  };
  return { stack, comfyui, model, list, configure, passes: (name) => check(name, (one) => one.state === 'passed'), check };
}

test('the shipped startup checklist', async (t) => {
  const { stack, comfyui, model, list, configure, passes, check } = await openPlatform(t);
  const fails = async (name, sentence) => assert.match((await check(name, ({ state, error }) => state === 'failed' && sentence.test(error))).error, sentence);

  await t.test('all of it passes on a platform that is well', async () => {
    await until('it is ready', async () => (await stack.get('/health/ready')).status === 200, 60);
    const { checks, all_passed: all } = await until('all have passed', async () => {
      const now = await list();
      return now.all_passed && now;
    }, 60);
    assert.deepEqual([all, checks.map(({ name }) => name)], [true, ['schema', 'migrations', 'comfyui', 'workers', 'models', 'disk', 'clock']]);
  });

  await t.test("Signalbox's own schema, older than this Signalbox needs, or not there at all", async () => {
    const needed = await stack.postgres.exec('SELECT max(version) FROM schema_migrations');
    await stack.postgres.exec(`UPDATE schema_migrations SET version = '20200101000000' WHERE version = '${needed}'`);
    await fails('schema', new RegExp(`^Signalbox's schema is at \\d+, this Signalbox needs ${needed}$`));
    await stack.postgres.exec(`UPDATE schema_migrations SET version = '${needed}' WHERE version = '20200101000000'`);
    await passes('schema');
    await configure({ signalbox: { url: stack.postgres.url().replace('dbname=signalbox', 'dbname=template1') } });
    await fails('schema', /^the database has no schema of Signalbox; this Signalbox needs \d+$/);
    await configure({});
    await passes('schema');
  });

  await t.test("the platform's schema", async () => {
    await stack.postgres.exec("UPDATE platform_migrations SET version = '40'");
    await fails('migrations', /^the platform's database is at migration 40; 41 is expected$/);
    await stack.postgres.exec('ALTER TABLE platform_migrations RENAME TO hidden');
    await fails('migrations', /relation "platform_migrations" does not exist/);
    await stack.postgres.exec("ALTER TABLE hidden RENAME TO platform_migrations; UPDATE platform_migrations SET version = '41'");
    await passes('migrations');
  });

  await t.test('ComfyUI, and the names of models that it lists', async () => {
    comfyui.models = { checkpoints: ['other.safetensors'] };
    await fails('models', /^comfyui-1: http:\S+ does not list checkpoints\/base\.safetensors$/);
    comfyui.models = {};
    await fails('models', /^comfyui-1: .*404/);
    comfyui.models = { checkpoints: ['base.safetensors'] };
    await passes('models');
    comfyui.hasWebSocket = false;
    await fails('comfyui', /^comfyui-1 is down: .*404/);
    comfyui.hasWebSocket = true;
    await passes('comfyui');
    await configure({ comfyui: {} });
    await fails('models', /^no instance of ComfyUI is configured that could list models$/);
    await configure({});
  });

  await t.test('workers', async () => {
    await configure({ workers: { list: { 'gpu-1': 'http://127.0.0.1:1' } } });
    await fails('workers', /^workers is down: no worker is online: gpu-1$/);
    await configure({});
    await passes('workers');
  });

  await t.test('model files: missing, of another size, of other content', async () => {
    const files = [{ path: model, size: 7, sha256: sha256('weights').toUpperCase() }];
    await configure({ models: { files: [...files, stack.file('models/gone.pt')] } });
    await fails('models', /\/models\/gone\.pt is missing$/);
    await configure({ models: { files } });
    await passes('models');
    await writeFile(model, 'weights and more');
    await fails('models', /base\.safetensors has 16 bytes; 7 are expected$/);
    await writeFile(model, 'Weights');
    await fails('models', new RegExp(`is another file than the one expected: its SHA-256 is ${sha256('Weights')}, not ${sha256('weights')}$`));
    await writeFile(model, 'weights');
    await passes('models');
  });

  await t.test('a file that takes long to read is pending, says how far it is, and goes on where it was', async () => {
    await writeFile(stack.file('models/large'), '');
    await truncate(stack.file('models/large'), 400 * GIB);
    await configure({ models: { files: [{ path: stack.file('models/large'), sha256: sha256('') }] } });
    const part = async (least) => {
      const { error } = await check('models', ({ state, error: said }) => state === 'pending' && Number(/([\d.]+) %$/.exec(said)?.[1]) > least);
      assert.match(error, /^\S+\/models\/large is still being read: \d+ %$/);
      return Number(/(\d+) %$/.exec(error)[1]);
    };
    const first = await part(0);
    assert.ok((await part(first)) > first);
    await writeFile(stack.file('models/small'), 'small');
    await rename(stack.file('models/small'), stack.file('models/large'));
    await fails('models', /is another file than the one expected/);
    await configure({});
    await passes('models');
  });

  await t.test('disks', async () => {
    await configure({ startup: { disk_used_pct: 0.001 } });
    await fails('disk', /^\/\S+ is \d+\.\d % full, [\d.]+ GiB are free; at most 0\.001 % are right$/);
    await configure({ filesystem: { media: '/nowhere' } });
    await fails('disk', /\/nowhere: No such file or directory/);
    await configure({ filesystem: { media: '/sys' } });
    await passes('disk');
    await configure({});
  });

  await t.test('the clock, which holds nothing', async () => {
    await stack.clock.set(600);
    await fails('clock', /^this machine's clock is (599|600)\.\d s ahead of the database's; at most 5 s are right$/);
    await stack.clock.set(-30);
    await fails('clock', /^this machine's clock is (29|30)\.\d s behind the database's; at most 5 s are right$/);
    assert.deepEqual((await list()).checks.find(({ name }) => name === 'clock').blocking, false);
    await stack.clock.set(0);
    await passes('clock');
  });
});

test('fs.sha256 reads a file once, in pieces, and again when it has changed', async (t) => {
  const desk = await openDesk(t);
  const file = desk.at('model');
  await writeFile(file, '');
  await truncate(file, GIB / 2);
  const { status, measures, error_message: error } = await desk.probe(
    `local path, calls, sum, part, last = ${lua(file)}, 0, nil, 0, -1
     repeat
       last, sum, part = part, fs.sha256(path, { within = "1ms" })
       assert(part >= last, "it went back")
       calls = calls + 1
     until sum
     local again = fs.sha256(path, { within = "1ms" })
     proc.run { "truncate", "--size=+1", path }
     local changed, read = fs.sha256(path, { within = "1ms" })
     return { calls = calls, sum = sum, again = again, changed = changed or "", read = read }`,
  );
  assert.equal(status, 'healthy', error);
  assert.equal(measures.sum, '9acca8e8c22201155389f65abbf6bc9723edc7384ead80503839f49dcc56d767');
  assert.equal(measures.again, measures.sum);
  assert.ok(measures.calls > 1 && measures.changed === '' && measures.read < 1, JSON.stringify(measures));
});
