// The directory of checks while Signalbox runs: files that are changed, added, broken, removed, renamed.
import assert from 'node:assert/strict';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import test from 'node:test';
import { startStack, until } from './lib/stack.mjs';

const check = (name, value, more = '') =>
  `service { name = "${name}", every = "24h", fall = 1, probe = function() return { v = ${value} } end, ${more} }\n`;

const file = async (stack, name) => (await stack.control({ op: 'status' })).files.find((one) => one.file === name);
const names = async (stack) => (await stack.control({ op: 'overview' })).services.map((service) => service.service_name).sort();

test('promise 9: a broken file in checks.d stops nothing but itself, and is shown', async (t) => {
  const broken = {
    'syntax.lua': ['service {', /syntax\.lua:1: .*expected/],
    'raises.lua': ['error "not today"', /raises\.lua:1: not today/],
    'unknown.lua': ['service { name = "unknown", timout = "1s", probe = function() end }', /timout/],
    'nameless.lua': ['service { probe = function() end }', /name/],
    'forbidden.lua': ['os.execute "reboot"', /forbidden\.lua:1: .*os/],
    'loops.lua': ['while true do end', /loops\.lua: reading the file took more than 250 ms of CPU/],
    'binary.lua': [`\x1bLuaT${'\0'.repeat(40)}`, /binary chunk/],
    'route.lua': ['service { name = "uptime", probe = function() end }', /is a route of the API/],
    'huge.lua': [`-- ${'x'.repeat(40000)}`, /32/],
  };
  const stack = await startStack(t, {
    checks: { 'good.lua': check('good', 1), ...Object.fromEntries(Object.entries(broken).map(([name, [source]]) => [name, source])) },
  });
  for (const [name, [, why]] of Object.entries(broken)) {
    const shown = await file(stack, name);
    assert.match(shown.error, why, name);
    assert.deepEqual([shown.version, shown.services], [null, []]);
  }
  await stack.writeCheck('twice.lua', check('good', 2));
  await stack.reload();
  assert.match((await file(stack, 'twice.lua')).error, /service good is already declared by good\.lua/);
  assert.deepEqual(await names(stack), ['good']);
  assert.deepEqual([(await file(stack, 'good.lua')).error, (await stack.recheck('good')).status], [null, 'healthy']);

  await t.test('a file that breaks later goes on in its last good version', async () => {
    await stack.writeCheck('good.lua', 'service { name = "good", probe = functon() end }');
    await until('the fault is seen without being told', async () => (await file(stack, 'good.lua')).error);
    assert.equal((await stack.recheck('good')).status, 'healthy');
    assert.deepEqual((await stack.service('good')).measures, { v: 1 });
  });

  await t.test('and a mended one is taken', async () => {
    await stack.writeCheck('good.lua', check('good', 7, 'limits = { v = { degraded = "> 5" } }'));
    await until('the change is seen', async () => !(await file(stack, 'good.lua')).error);
    const { status, error_message: why } = await stack.recheck('good');
    assert.deepEqual([status, why], ['degraded', 'v 7 > 5']);
    await stack.writeCheck('syntax.lua', check('syntax', 1));
    await until('the other one too', async () => (await names(stack)).includes('syntax'));
  });

  await t.test('the route names the files, what they declare and what is wrong with them', async () => {
    await stack.writeCheck('list.lua', 'preflight { name = "first", run = function() end }\nchannel { name = "sms", send = function() end }');
    await stack.reload();
    const { status, json } = await stack.get('/admin/health/checks', { as: 'viewer' });
    assert.equal(status, 200);
    const listed = Object.fromEntries(json.files.map(({ file: name, services, preflights, channels, error }) => [name, [services, preflights, channels, error]]));
    assert.deepEqual(listed['list.lua'], [[], ['first'], ['sms'], null]);
    assert.deepEqual(listed['good.lua'], [['good'], [], [], null]);
    assert.match(listed['twice.lua'][3], /already declared/);
    assert.equal(json.runners.length, 2);
  });

  await t.test('a broken settings.lua leaves the settings as they were', async () => {
    await stack.writeCheck('settings.lua', 'return { v = 3 }');
    await stack.writeCheck('reads.lua', check('reads', 'settings.v'));
    await stack.reload();
    assert.equal((await stack.recheck('reads')).status, 'healthy');
    await stack.writeCheck('settings.lua', 'return {');
    await until('the fault is seen', async () => (await file(stack, 'settings.lua')).error);
    await stack.recheck('reads');
    assert.deepEqual((await stack.service('reads')).measures, { v: 3 });
    await stack.writeCheck('settings.lua', 'return { v = 4 }');
    await until(
      'the new value has reached the check',
      async () => (await stack.recheck('reads')) && (await stack.service('reads')).measures.v === 4,
    );
    assert.equal((await file(stack, 'settings.lua')).error, null);
  });
});

test('a file or the settings that were broken while the scheduler was not there go on in their last good version too', async (t) => {
  const stack = await startStack(t, { checks: { 'settings.lua': 'return { v = 3 }', 'a.lua': check('a', 'settings.v') }, parts: ['scheduler'] });
  await stack.sync();
  await stack.end('scheduler');
  await stack.writeCheck('a.lua', 'service {');
  await stack.writeCheck('settings.lua', 'return {');
  await stack.start('scheduler');
  await stack.reload();
  assert.match((await file(stack, 'a.lua')).error, /a\.lua:1:/);
  assert.match((await file(stack, 'settings.lua')).error, /settings\.lua:1:/);
  assert.equal((await stack.recheck('a')).status, 'healthy');
  assert.deepEqual((await stack.service('a')).measures, { v: 3 });
  await stack.sync();
  assert.equal((await stack.windows('a')).length, 1, 'and no hole');

  await stack.writeCheck('a.lua', check('a', 'settings.v + 1'));
  await until('it is mended', async () => !(await file(stack, 'a.lua')).error);
  await stack.recheck('a');
  assert.deepEqual((await stack.service('a')).measures, { v: 4 });
  await stack.removeCheck('a.lua');
  await until('it is gone', async () => (await names(stack)).length === 0);
  await stack.restart('scheduler');
  await stack.reload();
  assert.deepEqual(await names(stack), [], 'what was removed does not come back');
});

test('what the kernel does not tell of is seen within two seconds: a link’s target, a folder put in the place of another', async (t) => {
  const stack = await startStack(t, { checks: { 'a.lua': check('a', 1) }, parts: ['scheduler'] });
  const real = stack.file('real.lua');
  await writeFile(real, check('linked', 1));
  await symlink(real, stack.file('checks.d/linked.lua'));
  await until('the link is read', async () => (await names(stack)).includes('linked'));
  const seen = async (what, condition) => {
    const from = performance.now();
    await until(what, condition);
    t.diagnostic(`${what}: after ${(performance.now() - from).toFixed(0)} ms`);
  };
  await writeFile(real, check('linked-anew', 1));
  await seen('the target of the link was written', async () => (await names(stack)).includes('linked-anew'));

  await mkdir(stack.file('other.d'));
  await writeFile(stack.file('other.d/b.lua'), check('b', 1));
  await rename(stack.file('checks.d'), stack.file('gone.d'));
  await rename(stack.file('other.d'), stack.file('checks.d'));
  await seen('the folder is another one', async () => (await names(stack)).join() === 'b');
  await stack.writeCheck('c.lua', check('c', 1));
  await seen('what is written into that is seen too', async () => (await names(stack)).join() === 'b,c');
});

test('files come and go while others are being run: added, removed, renamed, moved from one file to another', async (t) => {
  const stack = await startStack(t, {
    checks: {
      'a.lua': check('a', 1),
      'busy.lua': 'for n = 1, 10 do service { name = "busy-" .. n, every = "100ms", probe = function() end } end',
    },
  });

  await t.test('a new file is run within a second or two, without being told', async () => {
    await stack.writeCheck('c.lua', check('c', 3));
    await until(
      'c has a result',
      async () => (await stack.control({ op: 'overview' })).services.some((s) => s.service_name === 'c' && s.status === 'healthy'),
      5,
    );
  });

  await t.test('a renamed file keeps its services, their state and their one window', async () => {
    await rename(stack.file('checks.d/a.lua'), stack.file('checks.d/renamed.lua'));
    await until('a belongs to the new file', async () => (await stack.service('a')).file === 'renamed.lua');
    await stack.recheck('a');
    await stack.sync();
    assert.deepEqual(
      (await stack.windows('a')).map((w) => [w.status, w.ended_at]),
      [['healthy', null]],
    );
    assert.equal(await file(stack, 'a.lua'), undefined);
  });

  await t.test('a service taken from one file into another goes over once the first lets go of it', async () => {
    await stack.writeCheck('both.lua', check('c', 4));
    await until('the second is refused', async () =>
      /service c is already declared by c\.lua/.test((await file(stack, 'both.lua'))?.error),
    );
    await stack.removeCheck('c.lua');
    await until('the second has it', async () => (await stack.service('c'))?.file === 'both.lua');
    await stack.recheck('c');
    assert.deepEqual((await stack.service('c')).measures, { v: 4 });
  });

  await t.test('a removed file: its services are retired, their windows end, their history stays', async () => {
    await stack.removeCheck('both.lua');
    await until('c is gone', async () => !(await names(stack)).includes('c'));
    await stack.sync();
    const [retired] = await stack.sql(`SELECT status, retired_at IS NOT NULL AS is_retired FROM services WHERE service_name = 'c'`);
    assert.deepEqual(retired, { status: null, is_retired: true });
    assert.ok((await stack.windows('c')).every((window) => window.ended_at));
    assert.ok((await stack.results('c')).length > 0);
    assert.equal((await stack.get('/admin/health/c', { as: 'admin' })).status, 404);
  });

  await t.test('one that comes back goes on after the hole', async () => {
    await stack.writeCheck('c.lua', check('c', 5));
    await until('c is known again', async () => (await stack.service('c'))?.status === 'healthy');
    await stack.sync();
    const windows = await stack.windows('c');
    assert.equal(windows[windows.length - 1].ended_at, null);
    assert.ok(windows[windows.length - 1].started_at > windows[windows.length - 2].ended_at);
    assert.deepEqual(await stack.sql(`SELECT retired_at FROM services WHERE service_name = 'c'`), [{ retired_at: null }]);
  });

  await t.test('what is not a Lua file is left alone: backups, hidden files, folders, dangling links', async () => {
    const before = await names(stack);
    for (const name of ['x.lua~', '.x.lua', '#x.lua#', 'x.txt', 'README.md']) await stack.writeCheck(name, check('x', 1));
    await symlink('/nowhere/at/all.lua', stack.file('checks.d/link.lua'));
    await stack.reload();
    assert.deepEqual(await names(stack), before);
    assert.match((await file(stack, 'link.lua')).error, /No such file/);
  });

  await t.test('meanwhile nobody else missed a turn', async () => {
    await stack.sync();
    const [{ gap, windows }] = await stack.sql(`
      SELECT (SELECT max(extract(epoch FROM gap)) FROM (SELECT checked_at - lag(checked_at) OVER (PARTITION BY service_name ORDER BY checked_at) AS gap
              FROM health_checks WHERE service_name LIKE 'busy-%') g) AS gap,
             (SELECT count(*)::int FROM uptime_records WHERE service_name LIKE 'busy-%') AS windows`);
    assert.ok(gap < 1, `${gap} s`);
    assert.equal(windows, 10);
  });
});

test('a service that is renamed within its file is another service', async (t) => {
  const stack = await startStack(t, { checks: { 'a.lua': check('old', 1) }, parts: ['scheduler'] });
  await stack.writeCheck('a.lua', check('new', 1));
  await until('there is the new one alone', async () => (await names(stack)).join() === 'new');
  await stack.recheck('new');
  await stack.sync();
  assert.deepEqual(
    (await stack.windows()).map((w) => [w.service_name, w.ended_at === null]),
    [
      ['new', true],
      ['old', false],
    ],
  );
});

test('channels and preflights: a folder of their own that may come later, and a name that belongs to one file', async (t) => {
  const stack = await startStack(t, { checks: { 'a.lua': check('a', 1) }, parts: ['scheduler'] });
  const hook = 'channel { name = "hook", send = function() end }\n';
  await mkdir(stack.file('checks.d/channels'));
  await stack.writeCheck('channels/hook.lua', hook);
  await until('it is read without being told', async () => (await file(stack, 'channels/hook.lua'))?.version);
  await stack.writeCheck('again.lua', hook + check('again', 1));
  await stack.reload();
  assert.match((await file(stack, 'again.lua')).error, /channel hook is already declared by channels\/hook\.lua/);
  assert.deepEqual(await names(stack), ['a']);
  await rm(stack.file('checks.d/channels'), { recursive: true });
  await until('its file is gone with its folder', async () => !(await file(stack, 'channels/hook.lua')));
  await stack.reload();
  assert.deepEqual(await names(stack), ['a', 'again']);
});
