// The levers of ComfyUI as shipped, against a counterpart of its protocol: restarts that wait for jobs, logs, diagnosis, VRAM, cards.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import test from 'node:test';
import { ComfyUI } from './lib/comfyui.mjs';
import { lua, shipped, startStack, until } from './lib/stack.mjs';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const job = (id) => [0, id, {}, { client_id: 'x', create_time: Date.now() - 90_000 }, ['1']];

const names = ['waits', 'forced', 'patient', 'silent'];

test('the levers of ComfyUI', async (t) => {
  const instances = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await ComfyUI.start()])));
  t.after(() => Promise.all(Object.values(instances).map((one) => one.stop())));
  const checks = { 'comfyui.lua': await shipped('comfyui.lua'), 'workers.lua': await shipped('workers.lua') };
  const stack = await startStack(t, { checks, parts: [] });
  const restarted = (name) => existsSync(stack.file(`restarted-${name}`));
  const smi = stack.file('nvidia-smi');
  await writeFile(smi, `#!/bin/sh\necho "$@" >>${stack.file('resets')}\n[ "$2" != --id=3 ] || { echo "GPU 3 is in use"; exit 1; }\n`);
  await chmod(smi, 0o755);
  await writeFile(stack.file('comfyui.log'), 'first\nlogin password=hunter2\n');
  const entry = (name, more = {}) => ({
    url: instances[name].url,
    restart: { command: ['touch', stack.file(`restarted-${name}`)], wait_s: 600, ...more },
  });
  const settings = {
    comfyui: {
      waits: { ...entry('waits'), gpu: { index: [0, 1], program: smi } },
      forced: { ...entry('forced'), logs: { file: stack.file('comfyui.log') } },
      patient: { ...entry('patient', { wait_s: 1 }), gpu: { index: [3], program: smi } },
      silent: entry('silent'),
    },
    workers: { list: { 'gpu-1': stack.target.url }, gpu: { 'gpu-1': { index: [2], program: smi } } },
  };
  await stack.writeCheck('settings.lua', `return ${lua(settings)}`);
  for (const part of ['scheduler', 'api', 'nginx']) await stack.start(part);
  await stack.reload();
  await stack.firstRuns();

  const post = (route, body) => stack.get(`/admin/health/${route}`, { as: 'admin', method: 'POST', headers: JSON_TYPE, body: JSON.stringify(body) });
  const restart = async (name, more = {}) => (await post(`${name}/restart`, { confirm: name, ...more })).json;
  const action = async (id) => (await stack.control({ op: 'action', id })).action;
  const ended = (id) => until('it has ended', async () => { const one = await action(id); return ['done', 'failed'].includes(one.state) && one; }, 60);

  await t.test('a restart waits while a job runs or waits, and is done when none is left', async () => {
    const { waits } = instances;
    waits.running = [job('a')];
    waits.pending = [job('b')];
    const { id } = await restart('waits');
    const asked = () => waits.asked.filter((url) => url === '/queue').length;
    const before = asked();
    await until('it has looked again', () => asked() > before + 2);
    waits.running = [];
    const then = asked();
    await until('it has looked again, with one waiting', () => asked() > then + 2);
    assert.deepEqual([(await action(id)).state, restarted('waits')], ['running', false]);
    await until('it says what it is at', async () => {
      const { json } = await stack.get(`/admin/health/actions/${id}`, { as: 'viewer' });
      return json.progress === 'waits for 0 running and 1 waiting jobs';
    });
    waits.pending = [];
    const { outcome, error, progress } = await ended(id);
    assert.deepEqual([outcome, error, progress, restarted('waits')], ['helped', null, null, true]);
  });

  await t.test('by force it waits for nothing', async () => {
    instances.forced.running = [job('a')];
    const { id } = await restart('forced', { force: true });
    await until('it is restarted', () => restarted('forced'));
    assert.equal((await ended(id)).outcome, 'helped');
  });

  await t.test('when the limit is over it says so, and has restarted nothing', async () => {
    instances.patient.running = [job('a')];
    instances.patient.pending = [job('b'), job('c')];
    const { outcome, error } = await ended((await restart('patient')).id);
    assert.equal(outcome, 'failed');
    assert.equal(error, 'patient has 1 running and 2 waiting jobs after 1 s; wait for them, or restart it by force, which loses them');
    assert.equal(restarted('patient'), false);
  });

  await t.test('one that answers nothing is restarted at once', async () => {
    instances.silent.isStopped = true;
    const { id } = await restart('silent');
    await until('it is restarted', () => restarted('silent'));
    instances.silent.isStopped = false;
    assert.equal((await ended(id)).outcome, 'helped');
  });

  await t.test('its log, as it keeps it itself, or from where it is written', async () => {
    instances.waits.log = [{ t: '2026-11-24T10:00:00', m: 'got ' }, { t: '2026-11-24T10:00:00', m: 'prompt\n' }, { t: '2026-11-24T10:00:01', m: '\x1b[31mtoken: abc\x1b[0m\n' }];
    const logs = async (name) => (await stack.get(`/admin/health/${name}/logs`, { as: 'admin' })).json;
    const { source, lines } = await logs('waits');
    assert.deepEqual([source, lines], [{ driver: 'http', target: `${instances.waits.url}/internal/logs/raw` }, ['got prompt', 'token: ***']]);
    assert.deepEqual((await logs('forced')).lines, ['first', 'login password=***']);
  });

  await t.test('diagnose tells what it is, what it is at and since when', async () => {
    instances.waits.running = [job('a')];
    const { output } = await ended((await post('waits/diagnose', {})).json.id);
    const said = output.diagnose.output;
    assert.deepEqual([said.system.comfyui_version, said.running[0].id, said.waiting, said.checkpoints], ['0.12.1', 'a', 0, 1]);
    assert.ok(said.running[0].age_s >= 90 && said.running[0].age_s < 600, `${said.running[0].age_s}`);
    instances.waits.running = [];
  });

  await t.test('VRAM is freed, and how much', async () => {
    const { output, error } = await ended((await post('waits/action/free-vram', {})).json.id);
    assert.equal(error, null);
    assert.deepEqual(instances.waits.freed, [{ unload_models: true, free_memory: true }]);
    assert.ok(output.vram_free_gib > output.vram_free_gib_before, JSON.stringify(output));
  });

  await t.test('cards are reset where settings say so, and only when that is confirmed', async () => {
    assert.equal((await post('waits/action/gpu-reset', {})).status, 422);
    assert.equal((await post('forced/action/gpu-reset', { confirm: 'forced' })).status, 409);
    assert.deepEqual((await ended((await post('waits/action/gpu-reset', { confirm: 'waits' })).json.id)).output, { reset: [0, 1] });
    assert.deepEqual((await ended((await post('workers/action/gpu-reset-gpu-1', { confirm: 'workers' })).json.id)).output, { reset: [2] });
    assert.equal(await readFile(stack.file('resets'), 'utf8'), '--gpu-reset --id=0\n--gpu-reset --id=1\n--gpu-reset --id=2\n');
    const refused = await ended((await post('patient/action/gpu-reset', { confirm: 'patient' })).json.id);
    assert.match(refused.error, /^gpu\.reset: GPU 3 is in use/);
  });

  await t.test('settings that make no sense are named', async () => {
    await stack.writeCheck('settings.lua', `return ${lua({ ...settings, comfyui: { waits: { url: instances.waits.url, restart: { teleport: true } } } })}`);
    await stack.reload();
    const { files } = await stack.control({ op: 'status' });
    assert.match(files.find(({ file }) => file === 'comfyui.lua').error, /settings\.comfyui: restart has to name systemd, docker, ssh or command/);
  });
});
