// The levers of the page on real things: restarts and logs of units, containers and other machines, from the route to the thing and back.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { startDocker } from './lib/dockerd.mjs';
import { lua } from './lib/lua.mjs';
import { noNamespaces } from './lib/namespaces.mjs';
import { startSshd } from './lib/sshd.mjs';
import { startStack, until } from './lib/stack.mjs';
import { bootSystemd } from './lib/systemd.mjs';

const unit = (text) => `[Service]\n${text}\n`;
const units = {
  'good.service': unit('ExecStart=/bin/sh -c "echo unit started; exec sleep infinity"'),
  // Its job succeeds, and it dies when the driver has had its second look.
  'fades.service': unit('ExecStart=/bin/sleep 1.5'),
  'dies.service': unit('ExecStart=/bin/sh -c "exit 7"'),
  'stubborn.service': unit('ExecStart=/bin/sh -c "trap \\"\\" TERM; while :; do sleep 1; done"\nTimeoutStopSec=20s'),
};

const source = ({ bus, journal, socket, sshd, flag }) => `
  local systemd_at, docker_at = ${lua({ bus, settle: '1s' })}, ${lua({ unix: socket, grace: '2s', settle: '1s' })}
  local machine = { user = ${lua(sshd.user)}, key = "key", port = ${sshd.port} }
  local function declare(name, declared)
    declared.name, declared.every, declared.retry_every, declared.fall = name, "1h", "1h", 1
    service(declared)
  end
  local function unit(name, more)
    local options = { bus = systemd_at.bus, settle = systemd_at.settle, timeout = more }
    declare(name, {
      restart = systemd.unit(name, options),
      logs = journal.unit(name, { directory = ${lua(journal)} }),
      probe = function() return { active = systemd.status(name, { bus = options.bus }).active_state } end,
      limits = { active = { down = "~= 'active'" } },
    })
  end
  unit "good"
  unit "fades"
  unit "dies"
  unit "nobody"
  unit("stubborn", "1s")
  declare("container", {
    restart = docker.container("slowly", docker_at),
    logs = docker.logs("slowly", { unix = docker_at.unix }),
    probe = function() return { state = docker.status("slowly", { unix = docker_at.unix }).state } end,
    limits = { state = { down = "~= 'running'" } },
  })
  declare("elsewhere", {
    restart = ssh.command("127.0.0.1", { "sh", "-c", "echo well >$0", ${lua(flag)} }, machine),
    logs = ssh.command("127.0.0.1", { "seq", "{lines}" }, machine),
    probe = function() return { says = fs.read(${lua(flag)}) } end,
    limits = { says = { down = "~= 'well\\n'" } },
  })
`;

test('levers', { skip: noNamespaces() }, async (t) => {
  const files = Object.fromEntries(Object.entries(units).map(([name, text]) => [`/etc/systemd/system/${name}`, text]));
  const { bus, journal } = await bootSystemd(t, { files, wanted: ['good.service', 'stubborn.service'] });
  const docker = await startDocker(t);
  const sshd = await startSshd(t);
  await docker.start('slowly', 'trap "" TERM; echo container started; while :; do sleep 0.1; done');
  const stack = await startStack(t, { checks: {}, parts: [] });
  const flag = stack.file('flag');
  await writeFile(flag, 'ill\n');
  await writeFile(path.join(stack.file('secrets'), 'key'), sshd.key);
  await writeFile(path.join(stack.file('secrets'), 'known_hosts'), sshd.knownHosts);
  for (const part of ['scheduler', 'api', 'nginx']) await stack.start(part);
  await stack.writeCheck('levers.lua', source({ bus, journal, socket: docker.socket, sshd, flag }));
  await stack.reload();
  await stack.firstRuns();

  const restart = async (name) => {
    const body = JSON.stringify({ confirm: name });
    const { status, json } = await stack.get(`/admin/health/${name}/restart`, { as: 'admin', method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
    assert.ok([200, 202].includes(status), `${name}: ${status} ${JSON.stringify(json)}`);
    return json.id;
  };
  const action = async (id) => (await stack.get(`/admin/health/actions/${id}`, { as: 'admin' })).json;
  const ended = (id) => until('the action has ended', async () => { const one = await action(id); return ['done', 'failed'].includes(one.state) && one; }, 60);

  await t.test('restarts that help, and those that fail with the sentence of their driver', async () => {
    const rows = [
      ['good', 'helped', /^$/],
      ['container', 'helped', /^$/],
      ['elsewhere', 'helped', /^$/],
      ['dies', 'failed', /^systemd: dies\.service was started and has ended since: failed \(exit-code, exit status 7\)$/],
      ['nobody', 'failed', /^systemd: nobody\.service: systemd knows no such unit$/],
      ['stubborn', 'failed', /^systemd: stubborn\.service: still deactivating \(stop-sigterm\) after 1 s: it does not heed SIGTERM/],
    ];
    const ids = await Promise.all(rows.map(([name]) => restart(name)));
    for (const [i, [name, outcome, sentence]] of rows.entries()) {
      const one = await ended(ids[i]);
      assert.equal(one.outcome, outcome, `${name}: ${one.error}`);
      assert.match(one.error ?? '', sentence, name);
    }
    assert.equal((await stack.service('elsewhere')).status, 'healthy');
  });

  await t.test('one whose job succeeded and which then died has not helped so far', async () => {
    const id = await restart('fades');
    const one = await until('it is watched, and known to be down', async () => {
      const now = await action(id);
      if (now.state === 'failed') return now; // the driver's second look was late enough to see it
      return now.state === 'watching' && (await stack.recheck('fades')).status === 'down' && now;
    }, 60);
    assert.notEqual(one.outcome, 'helped');
  });

  await t.test('logs from the journal, from a container without a terminal, and from another machine', async () => {
    const logs = async (name, lines) => (await stack.get(`/admin/health/${name}/logs?lines=${lines}`, { as: 'admin' })).json;
    const journalled = await logs('good', 50);
    assert.deepEqual(journalled.source, { driver: 'journal', target: 'good.service', follows: true });
    assert.ok(journalled.lines.some((line) => line.endsWith(': unit started')), journalled.lines.join('\n'));
    assert.deepEqual((await logs('container', 1)).lines, ['container started']);
    assert.deepEqual((await logs('elsewhere', 3)).lines, ['1', '2', '3']);
  });
});
