// The gate: whether generation may begin, in each of the ways in which it can be asked.
import assert from 'node:assert/strict';
import os from 'node:os';
import test, { describe } from 'node:test';
import { holdJournal } from './lib/journal.mjs';
import { runProgram } from './lib/program.mjs';
import { program, startStack, until } from './lib/stack.mjs';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const LEASE_S = 15;

/** A check that looks at the test's target, at /<name>, often. */
const preflight = (name, url, more = '') => `preflight {
  name = "${name}", title = "The ${name}", every = "100ms", grace = "0s", ${more}
  run = function()
    local status = http.get("${url}/${name}").status
    if status ~= 200 then
      return down("it says " .. status)
    end
  end,
}
`;

const service = (name, url, more = '') => `service {
  name = "${name}", title = "The ${name}", every = "24h", retry_every = "24h", fall = 1, ${more}
  probe = function() http.get("${url}/${name}"):expect(200) end,
}
`;

/** Paths of the target that fail; all others are well. */
class Faults {
  constructor() {
    this.paths = new Set();
    this.answer = (request) => (this.paths.has(request.url) ? 500 : {});
  }
}

const readyNow = (stack) => stack.get('/health/ready');
const untilReady = (stack, seconds) => until('it is ready', async () => (await readyNow(stack)).status === 200, seconds);
const untilHeld = (stack, seconds) => until('it is not ready', async () => (await readyNow(stack)).status === 503, seconds);
const checklist = async (stack) => (await stack.get('/admin/health/startup-checklist', { as: 'viewer' })).json;
const check = async (stack, name) => (await checklist(stack)).checks.find((one) => one.name === name);
const sqlReady = async (stack) => (await stack.sql('SELECT platform_ready() AS ready, platform_ready_reason() AS reason'))[0];

function override(stack, name, body = {}, as = 'admin') {
  const whole = { reason: 'known, and being dealt with', ...body };
  return stack.get(`/admin/health/startup-checklist/${name}/override`, { as, method: 'POST', headers: JSON_TYPE, body: JSON.stringify(whole) });
}

const lift = (stack, name, as = 'admin') =>
  stack.get(`/admin/health/startup-checklist/${name}/override`, { as, method: 'DELETE', headers: JSON_TYPE });

describe('the gate', { concurrency: 3 }, () => {
  test('all checks pass on a healthy system, and every way of asking says so', async (t) => {
    const faults = new Faults();
    const stack = await startStack(t, {
      answer: faults.answer,
      checks: ({ target }) => ({
        'checks.lua':
          preflight('disk', target.url) +
          preflight('clock', target.url, 'required = false,') +
          service('site', target.url, 'critical = true,') +
          service('one', target.url, 'critical = true,') +
          service('two', target.url, 'critical = true,') +
          'preflight { name = "pool", services = { "one", "two" }, at_least = 1, grace = "0s", help = "Start one of them." }',
      }),
    });
    await untilReady(stack);
    const { json, headers } = await readyNow(stack);
    assert.equal(headers['retry-after'], undefined);
    assert.deepEqual([json.ready, json.blocking, json.overridden], [true, [], []]);
    assert.match(json.since, /^\d{4}-.*Z$/);
    assert.deepEqual(await sqlReady(stack), { ready: true, reason: 'everything that is required has passed' });

    const list = await checklist(stack);
    assert.deepEqual([list.all_passed, list.ready, list.source], [true, true, 'scheduler']);
    assert.deepEqual(
      list.checks.map(({ name, title, required, passed, state, error, blocking, override: o }) => ({ name, title, required, passed, state, error, blocking, o })),
      [
        ['disk', 'The disk', true],
        ['clock', 'The clock', false],
        ['pool', 'pool', true],
        ['service:site', 'The site', true],
      ].map(([name, title, required]) => ({ name, title, required, passed: true, state: 'passed', error: null, blocking: false, o: null })),
      'a critical service that a required preflight names is under its rules',
    );
    assert.equal((await check(stack, 'pool')).help, 'Start one of them.');
    const { json: overview } = await stack.get('/admin/health', { as: 'viewer' });
    assert.deepEqual([overview.ready, overview.blocking], [true, []]);
    assert.deepEqual([overview.gate.ready, overview.gate.since, overview.gate.overridden], [true, json.since, []]);
    const left = new Date(overview.gate.valid_until) - Date.now();
    assert.ok(left > 0 && left <= LEASE_S * 1000, `the lease holds for ${left} ms more`);

    await t.test('one of two is enough where one is asked for, none is not', async () => {
      faults.paths.add('/one');
      await stack.recheck('one');
      assert.deepEqual([(await check(stack, 'pool')).state, (await readyNow(stack)).status], ['passed', 200]);
      faults.paths.add('/two');
      await stack.recheck('two');
      await untilHeld(stack);
      const pool = await check(stack, 'pool');
      assert.match(pool.error, /^one is down: .*500.*; two is down: .*500/);
      assert.ok(pool.blocking);
      assert.deepEqual(
        (await readyNow(stack)).json.blocking.map(({ name, title, error }) => [name, title, error]),
        [['pool', 'pool', pool.error]],
      );
      faults.paths.clear();
      await stack.recheck('one');
      await untilReady(stack);
    });

    await t.test('what is optional may fail', async () => {
      faults.paths.add('/clock');
      await until('it fails', async () => (await check(stack, 'clock')).state === 'failed');
      const { all_passed: all, ready } = await checklist(stack);
      assert.deepEqual([all, ready, (await readyNow(stack)).status], [false, true, 200]);
      faults.paths.clear();
    });
  });

  test('promise 7: it blocks from boot while a required check fails, and again when one fails for longer than its grace', async (t) => {
    const faults = new Faults();
    faults.paths.add('/disk');
    const stack = await startStack(t, {
      answer: faults.answer,
      checks: ({ target }) => ({
        'disk.lua': preflight('disk', target.url),
        'patient.lua': preflight('patient', target.url).replace('grace = "0s"', 'grace = "1h"'),
        'site.lua': service('site', target.url, 'critical = true,'),
      }),
    });
    await until('the disk is known to fail', async () => (await check(stack, 'disk')).state === 'failed');
    const held = await readyNow(stack);
    assert.deepEqual([held.status, held.headers['retry-after'], held.json.ready], [503, '5', false]);
    assert.deepEqual(held.json.blocking, [{ name: 'disk', title: 'The disk', error: 'it says 500' }]);
    assert.equal(held.json.reason, 'The disk: it says 500');
    assert.deepEqual(await sqlReady(stack), { ready: false, reason: 'The disk: it says 500' });
    const { json: overview } = await stack.get('/admin/health', { as: 'admin' });
    assert.deepEqual([overview.ready, overview.blocking, overview.gate.ready], [false, ['disk'], false]);

    await t.test('the platform\'s table of jobs refuses what SQL would queue', async () => {
      await stack.postgres.exec(
        'CREATE TABLE jobs (id int); CREATE TRIGGER require_ready BEFORE INSERT ON jobs FOR EACH STATEMENT EXECUTE FUNCTION signalbox_require_ready();' +
          'CREATE ROLE platform; GRANT INSERT ON jobs TO platform;',
        { user: 'postgres' },
      );
      const queue = () => stack.postgres.exec('SET ROLE platform; SET search_path = pg_catalog; INSERT INTO public.jobs VALUES (1)', { user: 'postgres' });
      await assert.rejects(queue, /generation is held: The disk: it says 500/);
      faults.paths.clear();
      await untilReady(stack);
      await queue();
      assert.deepEqual(await stack.sql('SELECT count(*)::int AS n FROM jobs', { user: 'postgres' }), [{ n: 1 }]);
    });

    await t.test('a required check that fails within its grace closes nothing, one without grace does', async () => {
      faults.paths.add('/patient');
      await until('the patient one fails', async () => (await check(stack, 'patient')).state === 'failed');
      assert.deepEqual([(await check(stack, 'patient')).blocking, (await readyNow(stack)).status], [false, 200]);
      await until('the flag says so', async () => /^ready within the grace of what fails: The patient: /.test((await sqlReady(stack)).reason));
      faults.paths.add('/disk');
      await untilHeld(stack);
      const { checks } = await checklist(stack);
      assert.deepEqual(
        checks.filter((one) => one.blocking).map((one) => one.name),
        ['disk', 'patient'],
        'closed, it needs both of them again',
      );
      faults.paths.delete('/disk');
      await until('only the patient one holds it', async () => (await readyNow(stack)).json.blocking.every(({ name }) => name === 'patient'));
      faults.paths.clear();
      await untilReady(stack);
    });

    await t.test('a critical service that is down closes it at once', async () => {
      faults.paths.add('/site');
      await stack.recheck('site');
      await untilHeld(stack);
      assert.match((await readyNow(stack)).json.reason, /^The site: site is down: /);
      faults.paths.clear();
      await stack.recheck('site');
      await untilReady(stack);
    });

    await t.test('every change is in the history, in Postgres and in the audit trail', async () => {
      await stack.sync();
      const { history } = await checklist(stack);
      const changes = await stack.sql('SELECT ready, at, reason, actor FROM platform_state_changes ORDER BY id DESC');
      assert.deepEqual(
        history.map(({ ready, reason, actor }) => [ready, reason, actor]),
        changes.map(({ ready, reason, actor }) => [ready, reason, actor]),
      );
      assert.deepEqual(
        history.map(({ ready }) => ready),
        [true, false, true, false, true],
      );
      const audit = await stack.sql("SELECT action, actor FROM audit_log WHERE subject = 'gate' ORDER BY id DESC");
      assert.deepEqual(
        audit.map(({ action, actor }) => [action, actor]),
        history.map(({ ready }) => [ready ? 'gate_opened' : 'gate_closed', 'signalbox']),
      );
    });

    await t.test('a file that is removed takes its check with it', async () => {
      faults.paths.add('/disk');
      await untilHeld(stack);
      await stack.removeCheck('disk.lua');
      await stack.reload();
      await untilReady(stack);
      assert.equal(await check(stack, 'disk'), undefined);
    });
  });

  test('an override unblocks one check, for a time, in somebody\'s name, for everybody to see', async (t) => {
    const faults = new Faults();
    faults.paths.add('/disk').add('/clock');
    const stack = await startStack(t, {
      answer: faults.answer,
      checks: ({ target }) => ({ 'checks.lua': preflight('disk', target.url) + preflight('clock', target.url, 'required = false,') }),
    });
    await until('both fail', async () => (await checklist(stack)).checks.every((one) => one.state === 'failed'));

    await t.test('only an admin may', async () => {
      assert.equal((await override(stack, 'disk', { force: true }, 'viewer')).status, 403);
      assert.equal((await override(stack, 'disk', { force: true }, null)).status, 401);
      assert.equal((await lift(stack, 'disk', 'viewer')).status, 403);
      assert.equal((await stack.get('/admin/health/startup-checklist')).status, 401);
      assert.equal((await readyNow(stack)).status, 503);
    });

    await t.test('not without a reason, not for ever, not by chance', async () => {
      const field = async (body) => {
        const { status, json } = await override(stack, 'disk', { force: true, ...body });
        return [status, json.field];
      };
      assert.deepEqual(await field({ reason: 'because' }), [422, 'reason']);
      assert.deepEqual(await field({ reason: '   because          ' }), [422, 'reason']);
      assert.deepEqual(await field({ reason: 'ж'.repeat(9) }), [422, 'reason']);
      assert.deepEqual(await field({ reason: 'x'.repeat(501) }), [422, 'reason']);
      assert.deepEqual(await field({ reason: undefined }), [422, 'reason']);
      assert.deepEqual(await field({ expires_in_seconds: 59 }), [422, 'expires_in_seconds']);
      assert.deepEqual(await field({ expires_in_seconds: 86401 }), [422, 'expires_in_seconds']);
      assert.deepEqual(await field({ untill: 1 }), [422, 'untill']);
      assert.equal((await override(stack, 'nothing', { force: true })).status, 404);
      const unforced = await override(stack, 'disk');
      assert.deepEqual([unforced.status, unforced.json.type], [409, '/problems/conflict']);
      assert.match(unforced.json.detail, /The disk is required.*"force": true/);
      assert.equal((await readyNow(stack)).status, 503);
    });

    await t.test('with one it is ready at once, and says why', async () => {
      const { status, json } = await override(stack, 'disk', { force: true, reason: 'the new disk is on its way' });
      assert.equal(status, 200);
      assert.deepEqual([json.name, json.state, json.passed, json.blocking, json.error], ['disk', 'overridden', false, false, 'it says 500']);
      assert.deepEqual([json.override.by, json.override.reason], ['admin', 'the new disk is on its way']);
      assert.equal(new Date(json.override.expires_at) - new Date(json.override.at), 3600_000);
      await untilReady(stack);
      const ready = (await readyNow(stack)).json;
      assert.deepEqual([ready.overridden, ready.reason], [['disk'], 'everything that is required has passed or is overridden: The disk (by admin)']);
      assert.match((await sqlReady(stack)).reason, /overridden: The disk \(by admin\)/);
      assert.deepEqual((await stack.get('/admin/health', { as: 'viewer' })).json.gate.overridden, ['disk']);
      assert.deepEqual((await checklist(stack)).all_passed, false);
    });

    await t.test('it outlives the scheduler', async () => {
      await stack.restart('scheduler');
      await until('the checks are known again', async () => (await check(stack, 'disk')).override?.by === 'admin');
      await untilReady(stack);
    });

    await t.test('lifting it is one request', async () => {
      const { status, json } = await lift(stack, 'disk');
      assert.deepEqual([status, json.state, json.override], [200, 'failed', null]);
      await untilHeld(stack);
      assert.equal((await lift(stack, 'disk')).status, 200, 'twice is once');
    });

    await t.test('what is optional needs no force', async () => {
      const { status, json } = await override(stack, 'clock', { expires_in_seconds: 86400 });
      assert.deepEqual([status, json.state], [200, 'overridden']);
      assert.equal((await readyNow(stack)).status, 503);
    });

    await t.test('all of it is in the audit trail, refusals too', async () => {
      await stack.sync();
      const rows = await stack.sql(
        "SELECT actor, action, subject, outcome, parameters FROM audit_log WHERE action LIKE 'override%' ORDER BY id",
      );
      assert.deepEqual(
        rows.map((row) => [row.actor, row.action, row.subject, row.outcome]),
        [
          ['admin', 'override', 'disk', 'refused: it is required'],
          ['admin', 'override', 'disk', 'in force'],
          ['admin', 'override_lifted', 'disk', 'lifted'],
          ['admin', 'override', 'clock', 'in force'],
        ],
      );
      assert.deepEqual(rows[1].parameters, { reason: 'the new disk is on its way', force: true });
      const changes = await stack.sql('SELECT ready, actor FROM platform_state_changes ORDER BY id');
      assert.deepEqual(changes, [
        { ready: true, actor: 'admin' },
        { ready: false, actor: 'admin' },
      ]);
    });
  });

  test('nobody renews: the scheduler killed, and it is closed within the lease', async (t) => {
    const faults = new Faults();
    const stack = await startStack(t, { answer: faults.answer, checks: ({ target }) => ({ 'disk.lua': preflight('disk', target.url) }) });
    await untilReady(stack);

    await t.test('a quick restart closes nothing', async () => {
      const since = (await readyNow(stack)).json.since;
      await stack.kill('scheduler');
      await stack.start('scheduler');
      await until('it renews again', async () => (await stack.control({ op: 'ready' })).gate.valid_until);
      await until('the check has been run', async () => (await check(stack, 'disk')).checked_at);
      assert.deepEqual([(await readyNow(stack)).status, (await readyNow(stack)).json.since], [200, since]);
    });

    await t.test('killed for good', async () => {
      await stack.kill('scheduler');
      const killed = Date.now();
      await untilHeld(stack, LEASE_S + 10);
      assert.ok(Date.now() - killed < (LEASE_S + 5) * 1000, 'within the lease');
      assert.equal((await sqlReady(stack)).ready, false);
      assert.match((await sqlReady(stack)).reason, /^nobody has renewed the lease since/);
      assert.equal((await readyNow(stack)).json.blocking[0].name, 'scheduler');
      const copy = await checklist(stack);
      assert.deepEqual([copy.source, copy.ready, copy.checks[0].passed], ['database', false, false]);
    });

    await t.test('the start after that is a boot, and what happened is told as it was', async () => {
      faults.paths.add('/disk');
      await stack.start('scheduler');
      await until('the check has failed', async () => (await check(stack, 'disk')).state === 'failed');
      assert.equal((await readyNow(stack)).status, 503);
      faults.paths.clear();
      await untilReady(stack);
      await stack.sync();
      const changes = await stack.sql('SELECT ready, reason FROM platform_state_changes ORDER BY id');
      assert.deepEqual(
        changes.map(({ ready, reason }) => [ready, reason]),
        [
          [true, 'everything that is required has passed'],
          [false, 'nobody renewed the lease: the scheduler did not run'],
          [true, 'everything that is required has passed'],
        ],
      );
    });

    await t.test('a scheduler that stands still renews nothing either', async () => {
      stack.signal('scheduler', 'SIGSTOP');
      await untilHeld(stack, LEASE_S + 10);
      stack.signal('scheduler', 'SIGCONT');
      await untilReady(stack);
    });
  });

  test('Postgres killed or frozen: nothing is ready, and it is again when Postgres is back', async (t) => {
    const stack = await startStack(t, {
      answer: () => ({}),
      checks: ({ target }) => ({ 'disk.lua': preflight('disk', target.url) }),
    });
    const overview = async () => (await stack.get('/admin/health', { as: 'admin' })).json;
    await untilReady(stack);
    for (const [how, go, back] of [
      ['killed', () => stack.postgres.stop('SIGQUIT'), () => stack.postgres.start()],
      ['frozen', () => stack.postgres.freeze(), () => stack.postgres.resume()],
    ]) {
      await t.test(how, async () => {
        await go();
        await untilHeld(stack);
        const { json, headers } = await readyNow(stack);
        assert.deepEqual([json.ready, json.blocking[0].name, headers['retry-after']], [false, 'postgres', '5']);
        await until('the scheduler says so too', async () => !(await overview()).ready);
        assert.match((await overview()).gate.reason, /^Postgres cannot be asked: /);
        assert.deepEqual((await overview()).blocking, ['postgres']);
        assert.equal((await check(stack, 'disk')).state, 'passed');
        await back();
        await untilReady(stack);
        await until('the scheduler says so too', async () => (await overview()).ready);
      });
    }
    await stack.sync();
    const changes = await stack.sql('SELECT ready, reason FROM platform_state_changes ORDER BY id');
    assert.deepEqual(
      changes.map(({ ready }) => ready),
      [true, false, true, false, true],
    );
    assert.match(changes[1].reason, /^Postgres cannot be asked/);
  });

  test('latched: once open it stays open, until the next start', async (t) => {
    const faults = new Faults();
    const stack = await startStack(t, {
      answer: faults.answer,
      settings: { gate: 'latched' },
      checks: ({ target }) => ({ 'disk.lua': preflight('disk', target.url) }),
    });
    await untilReady(stack);
    assert.match((await sqlReady(stack)).reason, /^latched/);
    faults.paths.add('/disk');
    await until('the check fails', async () => (await check(stack, 'disk')).state === 'failed');
    await stack.sync();
    assert.deepEqual([(await readyNow(stack)).status, (await check(stack, 'disk')).blocking], [200, false]);
    await stack.writeCheck('settings.lua', 'return { gate = "loose" }');
    await stack.reload();
    const { files } = await stack.control({ op: 'status' });
    assert.match(files.find(({ file }) => file === 'settings.lua').error, /gate: "latched" keeps it open/);
    await stack.writeCheck('settings.lua', 'return {}');
    await stack.reload();
    await untilHeld(stack);
  });

  test('the same at the command line, in the name of whoever is there', async (t) => {
    const stack = await startStack(t, {
      answer: () => 500,
      checks: ({ target }) => ({ 'disk.lua': preflight('disk', target.url) }),
      parts: ['scheduler'],
    });
    const signalbox = async (...words) => {
      const how = { env: { SIGNALBOX_CONTROL: stack.file('run/scheduler.sock') } };
      const { code, stdout, stderr } = await runProgram([program('signalbox'), ...words], how).catch((error) => error);
      return [code, stdout + stderr];
    };
    await until('the disk is known to fail', async () => (await signalbox('ready'))[1].includes('failed'));
    const [held, why] = await signalbox('ready');
    assert.equal(held, 1);
    assert.match(why, /^not ready since \S+Z: The disk: it says 500\nfailed +required +disk +it says 500\n$/);

    assert.deepEqual((await signalbox('override', 'disk', '--reason', 'the new disk is on its way'))[0], 1);
    assert.match((await signalbox('override', 'disk', '--force'))[1], /reason: 10 to 500 characters/);
    assert.match((await signalbox('override', 'nothing', '--reason', 'the new disk is on its way'))[1], /there is no check "nothing"/);
    assert.deepEqual((await signalbox('override', 'disk', '--for', 'long'))[0], 2);
    const [done, said] = await signalbox('override', 'disk', '--reason', 'the new disk is on its way', '--for', '2h', '--force');
    assert.equal(done, 0);
    assert.match(said, /^overridden +required +disk +it says 500; overridden by \S+ until \S+: the new disk is on its way\nready since/);
    assert.equal((await signalbox('ready'))[0], 0);
    const { checks, gate } = JSON.parse((await signalbox('ready', '--json'))[1]);
    const { at, expires_at: expires } = checks[0].override;
    assert.deepEqual([gate.ready, new Date(expires) - new Date(at)], [true, 7200_000]);

    assert.equal((await signalbox('lift', 'disk'))[0], 0);
    assert.equal((await signalbox('ready'))[0], 1);
    await stack.sync();
    const rows = await stack.sql("SELECT actor, source FROM audit_log WHERE action LIKE 'override%'");
    assert.ok(rows.length === 3 && rows.every(({ actor, source }) => actor === os.userInfo().username && source === 'signalbox(1)'));
    await stack.end('scheduler');
    assert.equal((await signalbox('ready'))[0], 2);
  });

  test('an override ends by itself', async (t) => {
    const stack = await startStack(t, {
      ownClock: true,
      answer: () => 500,
      checks: ({ target }) => ({ 'disk.lua': preflight('disk', target.url) }),
    });
    await until('the disk is known to fail', async () => (await check(stack, 'disk')).state === 'failed');
    await override(stack, 'disk', { force: true, expires_in_seconds: 3600 });
    await untilReady(stack);

    await t.test('setting the clock neither ends nor prolongs it', async () => {
      const left = async () => new Date((await check(stack, 'disk')).override.expires_at) - stack.clock.now();
      const before = await left();
      for (const seconds of [7200, -7200, 0]) {
        await stack.clock.set(seconds);
        await until('the scheduler has seen that', async () => Math.abs((await left()) - before) < 60_000);
        assert.equal((await readyNow(stack)).status, 200);
      }
    });

    // As if the scheduler had been away for most of the hour.
    await stack.end('scheduler');
    await stack.clock.set(3595);
    await stack.start('scheduler');
    await until('it is known again', async () => (await check(stack, 'disk'))?.state === 'overridden');
    await until('it has ended', async () => (await check(stack, 'disk')).state === 'failed');
    await untilHeld(stack);
    assert.equal((await check(stack, 'disk')).override, null);
    await stack.sync();
    assert.deepEqual(await stack.sql("SELECT actor, subject, outcome FROM audit_log WHERE action = 'override_ended'"), [
      { actor: 'signalbox', subject: 'disk', outcome: 'it has expired' },
    ]);
  });

  test('a script that is broken, or breaks while nobody looks, opens nothing', async (t) => {
    const faults = new Faults();
    const stack = await startStack(t, {
      answer: faults.answer,
      settings: ({ target }) => ({ disk: { url: target.url } }),
      checks: ({ target }) => ({
        'disk.lua': `local url = settings.disk.url\n${preflight('disk', target.url)}`,
        'bug.lua': 'preflight { name = "bug", every = "100ms", run = function() return nothing.at_all end }',
      }),
    });
    await until('the bug is known', async () => (await check(stack, 'bug')).state === 'failed');
    assert.match((await check(stack, 'bug')).error, /bug\.lua:1: /);
    assert.equal((await readyNow(stack)).status, 503);
    await stack.removeCheck('bug.lua');
    await stack.reload();
    await untilReady(stack);

    await t.test('broken while it runs, its last good version goes on, over a restart too', async () => {
      await stack.writeCheck('disk.lua', 'preflight {');
      await stack.reload();
      await stack.restart('scheduler');
      faults.paths.add('/disk');
      await until('it is still done', async () => (await check(stack, 'disk'))?.state === 'failed');
      await untilHeld(stack);
      faults.paths.clear();
      await untilReady(stack);
    });

    await t.test('when no version of it can be used, what it had declared as required has failed', async () => {
      await stack.end('scheduler');
      await stack.writeCheck('settings.lua', 'return {}');
      await stack.start('scheduler');
      await until('it has failed', async () => (await check(stack, 'disk'))?.error === 'its file disk.lua is broken');
      await untilHeld(stack);
      await stack.removeCheck('disk.lua');
      await stack.reload();
      await until('it is gone', async () => (await checklist(stack)).checks.length === 0);
      assert.equal((await readyNow(stack)).json.reason, 'nothing is declared that could pass');
    });
  });

  test('that it is ready is said once nobody can forget it: while the journal cannot note it, it is not', async (t) => {
    const faults = new Faults();
    faults.paths.add('/disk');
    const stack = await startStack(t, { answer: faults.answer, checks: ({ target }) => ({ 'checks.lua': preflight('disk', target.url) }) });
    await untilHeld(stack);
    await stack.sync();
    const release = await holdJournal(t, stack);
    faults.paths.clear();
    await until('only the journal holds it', async () => {
      const { json } = await readyNow(stack);
      return json.blocking.length === 1 && json.blocking[0].name === 'journal' && json;
    });
    assert.equal((await sqlReady(stack)).ready, false);
    await release();
    await untilReady(stack);
    await until('Postgres says so too', async () => (await sqlReady(stack)).ready);
  });
});
