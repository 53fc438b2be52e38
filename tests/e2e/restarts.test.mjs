// Restarts that go wrong, asked for too often, at once, or while Postgres is away; and what is remembered of them.
import assert from 'node:assert/strict';
import { chmod, copyFile, rm, writeFile } from 'node:fs/promises';
import test from 'node:test';
import { lua } from './lib/lua.mjs';
import { noNamespaces } from './lib/namespaces.mjs';
import { program, startStack, until } from './lib/stack.mjs';
import { bootSystemd } from './lib/systemd.mjs';

const JSON_TYPE = { 'Content-Type': 'application/json' };

const levers = (stack) => {
  const restart = (name, body = {}) =>
    stack.get(`/admin/health/${name}/restart`, { as: 'admin', method: 'POST', headers: JSON_TYPE, body: JSON.stringify({ confirm: name, ...body }) });
  const action = async (id) => (await stack.control({ op: 'action', id })).action;
  const ended = (id) => until('it has ended', async () => { const one = await action(id); return ['done', 'failed'].includes(one.state) && one; }, 60);
  return { restart, action, ended, done: async (name, body) => ended((await restart(name, body)).json.id) };
};

/** Each service's restart writes what its file says; `watch` is short, as they are up at once or never. */
const checks = (stack) => ({
  'things.lua': `
    local function write(name, text)
      return function()
        proc.run({ "tee", "${stack.directory}/" .. name }, { stdin = text })
      end
    end
    local function declare(name, restart)
      restart = type(restart) == "function" and { run = restart } or restart
      restart.watch = "8s"
      service {
        name = name, every = "1h", retry_every = "1h", fall = 1, restart = restart,
        probe = function() return { says = fs.read("${stack.directory}/" .. name) } end,
        limits = { says = { down = "~= 'well'" } },
      }
    end
    declare("helps", write("helps", "well"))
    declare("useless", write("useless", "ill"))
    declare("twice", function() http.get "${stack.target.url}/twice" write("twice", "well")() end)
    declare("hangs", { timeout = "1s", run = function() http.get "${stack.target.url}/hangs" end })
    declare("fails", function() tcp.connect("127.0.0.1", 1) end)
    declare("buggy", function() local nothing return nothing.at_all end)
    declare("says", function() return down "the machine says no" end)
    declare("offline", write("offline", "well"))
  `,
});

test('restarts', async (t) => {
  const names = ['helps', 'useless', 'twice', 'hangs', 'fails', 'buggy', 'says', 'offline'];
  const stack = await startStack(t, { checks, parts: [] });
  for (const name of names) await writeFile(stack.file(name), 'ill');
  for (const part of ['scheduler', 'api', 'nginx']) await stack.start(part);
  await stack.reload();
  await stack.firstRuns();
  const { restart, action, ended, done } = levers(stack);

  await t.test('one that went through and did not help says so when it has been watched for its time', async () => {
    const one = await done('useless');
    assert.deepEqual([one.state, one.outcome], ['done', 'did_not_help']);
    assert.match(one.error, /has not become healthy/);
    assert.deepEqual(one.history, { times: 1, helped: 0 });
  });

  await t.test('one that hangs is over at its deadline, one that fails says why, and so does one with a bug', async () => {
    stack.target.hold();
    const hung = await done('hangs');
    stack.target.release();
    assert.deepEqual([hung.state, hung.outcome], ['failed', 'failed']);
    assert.match(hung.error, /^timed out after 1 s: http GET .*\/hangs/);
    assert.match((await done('fails')).error, /refused/);
    assert.match((await done('buggy')).error, /things\.lua:\d+: .*nil value/);
    assert.equal((await done('says')).error, 'the machine says no');
  });

  await t.test('asked for many times at once it is done once; with one key all get the same', async () => {
    stack.target.hold();
    const answers = await Promise.all(Array.from({ length: 6 }, () => restart('twice')));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [202, 409, 409, 409, 409, 409]);
    const { id } = answers.find(({ status }) => status === 202).json;
    for (const { json } of answers.filter(({ status }) => status === 409)) assert.match(json.detail, new RegExp(id));
    stack.target.release();
    assert.equal((await ended(id)).outcome, 'helped');
    assert.equal(stack.target.paths.filter((one) => one === '/twice').length, 1);
    const same = await Promise.all(Array.from({ length: 6 }, () => restart('twice', { idempotency_key: 'once' })));
    assert.equal(new Set(same.map(({ json }) => json.id)).size, 1);
    await ended(same[0].json.id);
    assert.equal(stack.target.paths.filter((one) => one === '/twice').length, 2);
  });

  await t.test('five within ten minutes are enough', async () => {
    for (let n = 0; n < 4; n++) await done('fails'); // one was before
    const { status, headers, json } = await restart('fails');
    assert.equal(status, 429);
    assert.match(headers['retry-after'], /^\d+$/);
    assert.match(json.detail, /restarted 5 times within ten minutes/);
    assert.equal((await restart('helps')).status, 202, 'another service may be');
  });

  await t.test('how often it has helped is remembered, also by a scheduler that was killed', async () => {
    await until('the one before is over', async () => (await stack.service('helps')).status === 'healthy');
    await stack.sync();
    const ids = (await stack.get('/admin/health/actions?service=helps', { as: 'viewer' })).json.actions.map(({ id }) => id);
    assert.equal((await ended(ids[0])).outcome, 'helped');
    assert.deepEqual((await action(ids[0])).history, { times: 1, helped: 1 });
    await stack.sync();
    await stack.kill('scheduler');
    await stack.start('scheduler');
    await stack.reload();
    assert.deepEqual((await done('helps')).history, { times: 2, helped: 2 });
    assert.deepEqual((await stack.get('/admin/health/helps', { as: 'viewer' })).json.restarts, { times: 2, helped: 2 });
    assert.equal((await stack.get('/admin/health/offline', { as: 'viewer' })).json.restarts, null);
  });

  await t.test('with Postgres away it is done all the same, and audited when Postgres is back', async () => {
    await stack.postgres.stop('SIGQUIT');
    const { id, outcome } = await done('offline');
    assert.equal(outcome, 'helped');
    await stack.postgres.start();
    await stack.sync();
    const rows = await stack.sql(`SELECT actor, action, outcome FROM audit_log WHERE subject = 'offline' ORDER BY id`);
    assert.deepEqual(rows, [
      { actor: 'admin', action: 'restart', outcome: 'requested' },
      { actor: 'admin', action: 'restart', outcome: 'helped' },
    ]);
    const { json } = await stack.get(`/admin/health/actions/${id}`, { as: 'viewer' });
    assert.deepEqual([json.outcome, json.by], ['helped', 'admin']);
  });

  await t.test('sixty actions a minute are enough for everybody', async () => {
    const recheck = () => stack.get('/admin/health/helps/recheck', { as: 'admin', method: 'POST', headers: JSON_TYPE, body: '{}' });
    const answers = await Promise.all(Array.from({ length: 70 }, recheck));
    const refused = answers.filter(({ status }) => status === 429);
    assert.ok(refused.length >= 10, `${refused.length} of 70`);
    assert.match(refused[0].json.detail, /more than 60 actions within a minute/);
  });
});

const unit = '[Service]\nExecStart=/bin/sleep infinity\n';
const OPERATOR = 1500;

test('polkit: what Signalbox may restart is what the rule permits its user, through the whole of it', { skip: noNamespaces() }, async (t) => {
  const rule = `polkit.addRule(function (action, subject) {
    if (action.id == "org.freedesktop.systemd1.manage-units" && action.lookup("unit") == "permitted.service" && action.lookup("verb") == "restart" && subject.user == "operator")
      return polkit.Result.YES;
  });`;
  const { bus } = await bootSystemd(t, {
    files: {
      '/etc/systemd/system/permitted.service': unit,
      '/etc/systemd/system/forbidden.service': unit,
      '/etc/polkit-1/rules.d/10-signalbox.rules': rule,
    },
    wanted: ['permitted.service', 'forbidden.service'],
    users: { operator: OPERATOR },
  });
  const stack = await startStack(t, { checks: {}, parts: [] });
  // The runner alone touches the outside world: it runs as somebody without rights, from where he may walk.
  const [runner, as] = [`${stack.directory}-runner`, `${stack.directory}-as-operator`];
  t.after(() => Promise.all([runner, as].map((file) => rm(file, { force: true }))));
  await copyFile(program('signalbox-runner'), runner);
  await writeFile(as, `#!/bin/sh\nexec setpriv --reuid=${OPERATOR} --regid=${OPERATOR} --clear-groups -- ${runner} "$@"\n`);
  for (const file of [runner, as]) await chmod(file, 0o755);
  const commands = stack.commands();
  commands.scheduler[commands.scheduler.indexOf('--runner') + 1] = as;
  stack.commands = () => commands;
  for (const part of ['scheduler', 'api', 'nginx']) await stack.start(part);
  await stack.writeCheck('units.lua', `
    for _, name in ipairs { "permitted", "forbidden" } do
      service {
        name = name, every = "1h", restart = systemd.unit(name, { bus = ${lua(bus)}, settle = "1s" }),
        probe = function()
          return { active = systemd.status(name, { bus = ${lua(bus)} }).active_state, uid = proc.run({ "id", "-u" }).stdout }
        end,
        limits = { active = { down = "~= 'active'" } },
      }
    end`);
  await stack.reload();
  await stack.firstRuns();
  assert.equal((await stack.service('permitted')).measures.uid, `${OPERATOR}\n`);
  const { done } = levers(stack);
  const [permitted, forbidden] = await Promise.all([done('permitted'), done('forbidden')]);
  assert.deepEqual([permitted.outcome, permitted.error], ['helped', null]);
  assert.equal(forbidden.outcome, 'failed');
  assert.match(forbidden.error, /^systemd: forbidden\.service: this user may not restart it \(Interactive authentication required\.\): a polkit rule/);
  await stack.sync();
  const [{ outcome }] = await stack.sql(`SELECT outcome FROM audit_log WHERE subject = 'forbidden' AND outcome <> 'requested'`);
  assert.match(outcome, /^failed: systemd: forbidden\.service: this user may not restart it/);
});
