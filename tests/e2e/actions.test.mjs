// What an admin does to a service: restart and whether it helped, diagnose, recheck, logs, actions of its own; by whom, audited, also without Postgres.
import assert from 'node:assert/strict';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import test from 'node:test';
import { holdJournal } from './lib/journal.mjs';
import { runProgram } from './lib/program.mjs';
import { program, startStack, until } from './lib/stack.mjs';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const post = (stack, route, body = {}, as = 'admin') =>
  stack.get(route, { as, method: 'POST', headers: JSON_TYPE, body: JSON.stringify(body) });

/** The action when it has ended. */
const ended = (stack, id) =>
  until('the action has ended', async () => {
    const { json } = await stack.get(`/admin/health/actions/${id}`, { as: 'viewer' });
    return ['done', 'failed'].includes(json.state) && json;
  });

/** A service that is healthy when its file says so, and restarts that write that file: as good or as bad as the name says. */
const checks = (stack) => ({
  'things.lua': `
    local flag = "${stack.file('flag')}"
    local function write(text)
      return function()
        local out = proc.run({ "sh", "-c", "printf %s " .. text .. " > " .. flag })
        return { code = out.code }
      end
    end
    local function declare(name, restart)
      service {
        name = name, every = "1s", retry_every = "1s", fall = 1,
        probe = function() return { says = fs.read(flag) } end,
        limits = { says = { down = "~= 'well'" } },
        restart = restart,
        logs = function(lines) return fs.read("${stack.file('app.log')}") end,
        diagnose = function() return { asked = http.get("${stack.target.url}"):expect(200):json() } end,
        actions = {
          ["free-vram"] = function(with) return { freed = with.gib } end,
          ["ask-once"] = function() http.get("${stack.target.url}/once") end,
          patient = { timeout = "300ms", run = function() time.sleep(50) end },
          wipe = { confirm = true, title = "Wipe it", run = function() return "wiped" end },
        },
      }
    end
    declare("helps", write "well")
    declare("useless", write "ill")
    declare("fails", function() tcp.connect("127.0.0.1", 1) end)
    declare("slow", function() http.get("${stack.target.url}") return "late" end)
    service { name = "plain", every = "1h", probe = function() end }
  `,
});

test('actions', async (t) => {
  const stack = await startStack(t, { checks, answer: () => ({ ok: true }), parts: [] });
  await writeFile(stack.file('flag'), 'ill');
  await writeFile(stack.file('app.log'), '');
  for (const part of ['scheduler', 'api', 'nginx']) await stack.start(part);
  await stack.reload();

  await t.test('a restart wants to be confirmed by name, by an admin, of a service that can', async () => {
    for (const [route, body, status, as] of [
      ['helps/restart', {}, 422],
      ['helps/restart', { confirm: 'useless' }, 422],
      ['helps/restart', { confirm: 'helps', sudo: true }, 422],
      ['plain/restart', { confirm: 'plain' }, 409],
      ['nothing/restart', { confirm: 'nothing' }, 404],
      ['helps/restart', { confirm: 'helps' }, 403, 'viewer'],
      ['helps/action/wipe', {}, 422],
      ['helps/action/unknown', {}, 409],
    ])
      assert.equal((await post(stack, `/admin/health/${route}`, body, as)).status, status, `${route} ${JSON.stringify(body)}`);
    assert.equal((await stack.get('/admin/health/helps/logs', { as: 'viewer' })).status, 403);
    assert.deepEqual((await stack.control({ op: 'overview' })).services.find((one) => one.service_name === 'helps').can.restart, {
      driver: 'function',
    });
  });

  await t.test('one that helps says so, and how long it took', async () => {
    assert.equal((await stack.recheck('helps')).status, 'down');
    const { status, json, headers } = await post(stack, '/admin/health/helps/restart', { confirm: 'helps' });
    assert.equal(status, 202);
    assert.equal(headers.location, `/admin/health/actions/${json.id}`);
    const action = await ended(stack, json.id);
    assert.deepEqual([action.state, action.outcome, action.error], ['done', 'helped', null]);
    assert.ok(action.helped_after_ms >= 0 && action.helped_after_ms <= action.duration_ms);
    assert.deepEqual(action.history, { times: 1, helped: 1 });
    assert.equal((await stack.service('helps')).status, 'healthy');
  });

  await t.test('a restart that went through and does not help is watched on, and a second one meanwhile is refused', async () => {
    const { json } = await post(stack, '/admin/health/useless/restart', { confirm: 'useless' });
    await until('it is watched', async () => (await stack.control({ op: 'action', id: json.id })).action.state === 'watching');
    await until('nobody says that it helped while it is down', async () => (await stack.service('useless')).status === 'down');
    const { action } = await stack.control({ op: 'action', id: json.id });
    assert.deepEqual([action.state, action.outcome], ['watching', null]);
    const second = await post(stack, '/admin/health/useless/restart', { confirm: 'useless' });
    assert.equal(second.status, 409);
    assert.match(second.json.detail, new RegExp(json.id));
  });

  await t.test('one that fails says why', async () => {
    const { status, json } = await post(stack, '/admin/health/fails/restart', { confirm: 'fails' });
    assert.equal(status, 200);
    assert.deepEqual([json.state, json.outcome], ['failed', 'failed']);
    assert.match(json.error, /refused/);
  });

  await t.test('the same key is the same action; another use of it is a conflict', async () => {
    const once = await post(stack, '/admin/health/helps/diagnose', { idempotency_key: 'k1' });
    const twice = await post(stack, '/admin/health/helps/diagnose', { idempotency_key: 'k1' });
    assert.equal(once.json.id, twice.json.id);
    assert.equal((await post(stack, '/admin/health/helps/recheck', { idempotency_key: 'k1' })).status, 409);
  });

  await t.test('diagnose: every step with its time, the limits with what is left, and its own words', async () => {
    await writeFile(stack.file('flag'), 'well');
    const { json } = await post(stack, '/admin/health/helps/diagnose');
    const { output } = await ended(stack, json.id);
    assert.equal(output.probe.status, 'healthy');
    assert.ok(output.probe.steps.some((step) => /fs\.read/.test(step.what) && step.ms >= 0), JSON.stringify(output.probe.steps));
    assert.deepEqual(output.limits[0], { measure: 'says', status: 'down', limit: "~= 'well'", value: 'well', met: false, margin: null });
    assert.deepEqual(output.diagnose, { output: { asked: { ok: true } }, error: null });
  });

  await t.test('recheck runs it now; an action of its own takes an argument', async () => {
    const { json: rechecked } = await post(stack, '/admin/health/helps/recheck');
    assert.equal((await ended(stack, rechecked.id)).output.status, 'healthy');
    const { json: freed } = await post(stack, '/admin/health/helps/action/free-vram', { argument: { gib: 3 } });
    assert.deepEqual((await ended(stack, freed.id)).output, { freed: 3 });
    const { json: wiped } = await post(stack, '/admin/health/helps/action/wipe', { confirm: 'helps' });
    assert.equal((await ended(stack, wiped.id)).output, 'wiped');
  });

  await t.test('logs: the last lines, plain, without secrets', async () => {
    await appendFile(stack.file('app.log'), `first\n\x1b[31mred\x1b[0m\nlogin password=hunter2 ok\n`);
    const { json } = await stack.get('/admin/health/helps/logs?lines=2', { as: 'admin' });
    assert.deepEqual(json.lines, ['red', 'login password=*** ok']);
    assert.deepEqual(json.source, { driver: 'function' });
    assert.equal((await stack.get('/admin/health/helps/logs?lines=0', { as: 'admin' })).status, 400);
    assert.equal((await stack.get('/admin/health/plain/logs', { as: 'admin' })).status, 409);
  });

  await t.test('one that hangs keeps nobody waiting, and the operator can follow it', async () => {
    stack.target.hold();
    const { status, json } = await post(stack, '/admin/health/slow/restart', { confirm: 'slow' });
    assert.equal(status, 202);
    assert.equal(json.state, 'running');
    stack.target.release();
    await until('it went on', async () => (await stack.control({ op: 'action', id: json.id })).action.state !== 'running');
    const cli = await runProgram([program('signalbox'), 'act', 'helps', 'free-vram', '--control', stack.file('run/scheduler.sock')]);
    assert.match(cli.stdout, /^free-vram of helps: done/);
  });

  await t.test('an action has the time that it declares', async () => {
    const { id } = (await post(stack, '/admin/health/helps/action/patient')).json;
    const { outcome, error } = await ended(stack, id);
    assert.equal(outcome, 'failed');
    assert.match(error, /^timed out after 0\.3 s/);
  });

  await t.test('promise 8: nothing is done without an audit row, also while Postgres is away', async () => {
    await stack.sync();
    const rows = await stack.sql(`SELECT action, subject, actor, source, outcome FROM audit_log WHERE subject = 'fails' ORDER BY id`);
    assert.deepEqual(
      rows.map((row) => [row.action, row.actor, row.outcome?.replace(/:.*/, '')]),
      [
        ['restart', 'admin', 'requested'],
        ['restart', 'admin', 'failed'],
      ],
    );
    await stack.postgres.stop('SIGQUIT');
    const { json } = await post(stack, '/admin/health/helps/action/free-vram', { argument: { gib: 7 } });
    assert.equal((await until('it is done', async () => (await stack.control({ op: 'action', id: json.id })).action.ended_at && json)).id, json.id);
    await stack.postgres.start();
    await stack.sync();
    const [{ n }] = await stack.sql(`SELECT count(*)::int AS n FROM audit_log WHERE action = 'free-vram' AND parameters @> '{"gib": 7}'`);
    assert.equal(n, 1);
    const [{ state }] = await stack.sql(`SELECT state FROM health_actions WHERE id = '${json.id}'`);
    assert.equal(state, 'done');
  });

  await t.test('the audit trail is read by filter and page, and tampering is found', async () => {
    const all = (await stack.get('/admin/health/audit?limit=1000', { as: 'viewer' })).json.entries;
    const first = (await stack.get('/admin/health/audit?limit=2', { as: 'viewer' })).json;
    const second = (await stack.get(`/admin/health/audit?limit=2&cursor=${first.next_cursor}`, { as: 'viewer' })).json;
    assert.deepEqual([...first.entries, ...second.entries], all.slice(0, 4));
    const logs = (await stack.get('/admin/health/audit?action=logs&subject=helps&actor=admin', { as: 'viewer' })).json.entries;
    assert.equal(logs.length, 1);
    assert.equal((await stack.get('/admin/health/audit?since=yesterday', { as: 'viewer' })).status, 400);
    assert.equal((await stack.get('/admin/health/audit')).status, 401);
    const verify = () => runProgram([program('signalbox'), 'audit', 'verify', '--database', stack.postgres.url()]);
    assert.match((await verify()).stdout, /^the trail is whole: \d+ rows/);
    await stack.postgres.exec(
      `GRANT UPDATE ON audit_log TO signalbox; ALTER TABLE audit_log DISABLE TRIGGER USER; UPDATE audit_log SET actor = 'nobody' WHERE id = 2`,
    );
    await assert.rejects(verify(), (error) => /^row 2: it was altered/m.test(error.stdout));
    const pages = (await stack.get('/admin/health/actions?limit=3', { as: 'viewer' })).json;
    assert.equal(pages.actions.length, 3);
    const next = (await stack.get(`/admin/health/actions?limit=3&cursor=${pages.next_cursor}`, { as: 'viewer' })).json;
    assert.ok(next.actions.every((one) => one.requested_at < pages.actions[2].requested_at));
  });

  await t.test('what was the matter is found out once, when a service falls, and kept with the window', async () => {
    await writeFile(stack.file('flag'), 'well');
    await until('it is well', async () => (await stack.recheck('helps')).confirmed === 'healthy');
    await writeFile(stack.file('flag'), 'ill');
    await until('it has fallen', async () => (await stack.recheck('helps')).confirmed === 'down');
    await until('it was captured', async () => {
      await stack.sync();
      return (await stack.sql(`SELECT 1 FROM health_incidents i JOIN uptime_records w USING (service_name, started_at) WHERE service_name = 'helps' AND w.ended_at IS NULL`)).length;
    });
    const [{ id }] = await stack.sql(`SELECT id FROM uptime_records WHERE service_name = 'helps' AND ended_at IS NULL`);
    const { status, json } = await stack.get(`/admin/health/incidents/${id}`, { as: 'viewer' });
    assert.equal(status, 200);
    assert.deepEqual([json.service_name, json.status, json.ended_at], ['helps', 'down', null]);
    assert.deepEqual([json.before.measures, json.after.measures], [{ says: 'well' }, { says: 'ill' }]);
    assert.deepEqual(json.diagnosis.output, { asked: { ok: true } });
    assert.deepEqual(json.logs.lines.slice(-1), ['login password=*** ok']);
    assert.deepEqual(json.depends_on, []);
    assert.ok(json.checks.length >= 2);
    await post(stack, '/admin/health/helps/recheck');
    await stack.sync();
    const later = (await stack.get(`/admin/health/incidents/${id}`, { as: 'viewer' })).json;
    assert.deepEqual([later.actions.map((one) => one.action), later.audit[0].action], [['recheck'], 'recheck']);
    assert.equal((await stack.get('/admin/health/incidents/999999', { as: 'viewer' })).status, 404);
    assert.equal((await stack.get('/admin/health/incidents/x', { as: 'viewer' })).status, 404);
  });

  await t.test('what was under way when the scheduler was killed has failed, says so, and is not repeated', async () => {
    stack.target.hold();
    const asked = () => stack.target.paths.filter((one) => one === '/once').length;
    const { json } = await post(stack, '/admin/health/helps/action/ask-once');
    await until('it is under way', asked);
    await stack.kill('scheduler');
    await stack.start('scheduler');
    await stack.reload();
    stack.target.release();
    const action = await ended(stack, json.id);
    assert.deepEqual([action.state, action.by], ['failed', 'admin']);
    assert.match(action.error, /the scheduler was restarted while it was under way/);
    assert.equal(asked(), 1);
  });

  await t.test('promise 8: nothing is done before its audit row cannot be lost', async () => {
    const asked = () => stack.target.paths.filter((one) => one === '/once').length;
    const before = asked();
    const release = await holdJournal(t, stack);
    const answer = post(stack, '/admin/health/helps/action/ask-once');
    const { runs } = await stack.control({ op: 'status' });
    await until('checks go on meanwhile', async () => (await stack.control({ op: 'status' })).runs.finished >= runs.finished + 5);
    assert.equal(asked(), before, 'while the journal cannot be written');
    await release();
    const { id } = (await answer).json;
    assert.equal((await ended(stack, id)).state, 'done');
    assert.equal(asked(), before + 1);
  });
});
