// Units of a real systemd: what is said of them, and each way in which a restart ends.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import test from 'node:test';
import { openDesk } from './lib/desk.mjs';
import { noNamespaces } from './lib/namespaces.mjs';
import { bootSystemd } from './lib/systemd.mjs';

const service = (text, unit = '') => `[Unit]\n${unit}\n[Service]\n${text}\n`;
const OPERATOR = 1500;

const files = Object.fromEntries(Object.entries({
  'good.service': service('ExecStart=/bin/sleep infinity'),
  'forbidden.service': service('ExecStart=/bin/sleep infinity'),
  'worker.service': service('Type=oneshot\nExecStart=/bin/sh -c "date +%%s%%N >>/run/worked"'),
  // Starts, and dies when nobody looks any more.
  'dies.service': service('ExecStart=/bin/sh -c "sleep 0.3; exit 7"'),
  'revived.service': service('ExecStart=/bin/sh -c "sleep 0.3; exit 7"\nRestart=always\nRestartSec=100ms'),
  'leaves.service': service('ExecStart=/bin/sh -c "sleep 0.3"'),
  'refuses.service': service('Type=notify\nExecStart=/bin/sh -c "exit 3"'),
  'missing.service': service('ExecStart=/no/such/program'),
  'stubborn.service': service('ExecStart=/bin/sh -c "trap \\"\\" TERM; while :; do sleep 1; done"\nTimeoutStopSec=30s'),
  'slow.service': service('Type=notify\nExecStart=/bin/sleep infinity\nTimeoutStartSec=60s'),
  'orphan.service': service('ExecStart=/bin/sleep infinity', 'Requires=pillar.service\nAfter=pillar.service'),
  'pillar.service': service('Type=notify\nExecStart=/bin/sh -c "exit 3"'),
}).map(([name, text]) => [`/etc/systemd/system/${name}`, text]));
files['/etc/polkit-1/rules.d/10-signalbox.rules'] = `
polkit.addRule(function (action, subject) {
  if (action.id == "org.freedesktop.systemd1.manage-units" && action.lookup("unit") == "good.service" && action.lookup("verb") == "restart" &&
      subject.user == "operator")
    return polkit.Result.YES;
});`;

test('units of systemd', { skip: noNamespaces() }, async (t) => {
  const { bus, run, signal } = await bootSystemd(t, { files, wanted: ['good.service', 'forbidden.service', 'stubborn.service'], users: { operator: OPERATOR } });
  const desk = await openDesk(t);
  const status = (unit, options) => desk.probe(`return systemd.status("${unit}", { bus = settings.bus })`, { settings: { bus }, ...options });
  const restart = (unit, { more = '', ...options } = {}) =>
    desk.probe(`return systemd.unit("${unit}", { bus = settings.bus, settle = "1s"${more} }).run()`, { settings: { bus }, ...options });

  await t.test('the state of one that runs, of one that never ran, and of one that is not there', async () => {
    const { measures } = await status('good.service');
    assert.equal(measures.active_state, 'active');
    assert.equal(measures.sub_state, 'running');
    assert.equal(measures.load_state, 'loaded');
    assert.equal(measures.restarts, 0);
    const age = (Date.now() - Date.parse(measures.started_at)) / 1000;
    assert.ok(Math.abs(age - measures.up_s) < 5, `${age} ${measures.up_s}`);
    assert.ok(measures.pid > 1, 'a number in its own namespace');

    const never = await status('dies');
    assert.equal(never.measures.active_state, 'inactive');
    assert.equal(never.measures.started_at, undefined);
    assert.equal(never.measures.pid, undefined);

    const socket = await status('dbus.socket');
    assert.equal(socket.measures.active_state, 'active');
    assert.equal(socket.measures.restarts, undefined);

    const nobody = await status('nobody.service');
    assert.equal(nobody.status, 'down');
    assert.equal(nobody.error_message, 'systemd: nobody.service: systemd knows no such unit');
    assert.equal((await status('good.service', { uid: OPERATOR })).measures.active_state, 'active', 'anybody may look');
  });

  await t.test('a restart is another process, up since then', async () => {
    const before = (await status('good.service')).measures;
    const after = await restart('good.service');
    assert.equal(after.status, 'healthy', after.error_message);
    assert.equal(after.measures.active_state, 'active');
    assert.notEqual(after.measures.pid, before.pid);
    assert.ok(Date.parse(after.measures.started_at) > Date.parse(before.started_at));
  });

  await t.test('a oneshot has worked when it is over', async () => {
    const { status: word, error_message, measures } = await restart('worker.service');
    assert.equal(word, 'healthy', error_message);
    assert.equal(measures.active_state, 'inactive');
    assert.match(await readFile(path.join(run, 'worked'), 'utf8'), /^\d+\n$/);
  });

  await t.test('each way to fail has a sentence that an operator understands', async () => {
    const rows = [
      ['dies.service', /^systemd: dies\.service was started and has ended since: failed \(exit-code, exit status 7\)$/],
      ['revived.service', /^systemd: revived\.service was started(, has ended since and was started again by systemd| and has ended since): a/],
      ['leaves.service', /^systemd: leaves\.service was started and has ended since: inactive \(dead\)$/],
      ['refuses.service', /^systemd: refuses\.service: the job to restart it was not done but failed: failed \((exit-code, exit status 3|protocol)\)$/],
      ['orphan.service', /^systemd: orphan\.service: the job to restart it was not done but dependency: inactive \(dead\)$/],
      ['missing.service', /^systemd: missing\.service was started and has ended since: failed \(exit-code, exit status 203\)$/],
      ['nobody.service', /^systemd: nobody\.service: systemd knows no such unit$/],
      ['stubborn.service', /^systemd: stubborn\.service: still deactivating \(stop-sigterm\) after 1 s: it does not heed SIGTERM; systemd gives it 30 s/,
        { more: ', timeout = "1s"' }],
      ['slow.service', /^systemd: slow\.service: the restart is not through after 1 s: activating \(start\); the job goes on$/, { more: ', timeout = "1s"' }],
      ['forbidden.service', /^systemd: forbidden\.service: this user may not restart it \(Interactive authentication required\.\): a polkit rule/,
        { uid: OPERATOR }],
    ];
    const results = await Promise.all(rows.map(([unit, , options]) => restart(unit, options)));
    rows.forEach(([unit, sentence], i) => {
      assert.equal(results[i].status, 'down', unit);
      assert.match(results[i].error_message, sentence);
    });
  });

  await t.test('the polkit rule lets one user restart one unit', async () => {
    const result = await restart('good.service', { uid: OPERATOR });
    assert.equal(result.status, 'healthy', result.error_message);
    assert.equal((await restart('good.service', { uid: OPERATOR + 1 })).status, 'down');
  });

  await t.test('a systemd that hangs is no outage of its units', async () => {
    await signal('SIGSTOP');
    const asked = await desk.probe('systemd.status("good.service", { bus = settings.bus, timeout = "1s" })', { settings: { bus } });
    const restarted = await restart('good.service', { more: ', timeout = "1s"' });
    await signal('SIGCONT');
    assert.equal(asked.status, null, 'nothing is known of the unit');
    assert.equal(restarted.status, 'down', 'but a restart has failed');
    for (const { error_message } of [asked, restarted]) assert.match(error_message, /^systemd: good\.service: systemd does not answer on its bus$/);
  });

  await t.test('a run that ends in the middle leaves nothing behind', async () => {
    const result = await desk.probe(`systemd.unit("slow.service", { bus = settings.bus, timeout = "30s" }).run()`, { settings: { bus }, timeout: '3s' });
    assert.equal(result.status, 'down');
    assert.match(result.error_message, /after 1\.5 s: activating/);
  });
});

test('a bus that is none', async (t) => {
  const desk = await openDesk(t);
  const ask = (bus, options) => desk.probe('return systemd.status("x.service", { bus = settings.bus, timeout = "500ms" })', { settings: { bus }, ...options });
  const serve = async (name, answer) => {
    const server = net.createServer((socket) => answer(socket.on('error', () => {})));
    await new Promise((resolve) => server.listen(desk.at(name), resolve));
    t.after(() => server.close());
    return `unix:path=${desk.at(name)}`;
  };
  const none = await ask(`unix:path=${desk.at('nothing')}`);
  assert.equal(none.status, null, 'nothing is known of the unit');
  assert.match(none.error_message, /No such file or directory$/);
  assert.match((await ask('tcp:host=localhost,port=1')).error_message, /an address of one unix socket is needed/);
  assert.match((await ask('unixexec:path=/bin/true')).error_message, /an address of one unix socket is needed/);
  assert.match((await ask('nonsense')).error_message, /an address of one unix socket is needed/);
  assert.match((await ask('unix:')).error_message, /Invalid argument|the bus/);
  const silent = await ask(await serve('silent', () => {}));
  assert.equal(silent.status, null);
  assert.match(silent.error_message, /x\.service: systemd does not answer on its bus/);
  const sockets = [];
  for (const [name, answer] of [
    ['closing', (socket) => socket.destroy()],
    ['refusing', (socket) => socket.on('data', () => socket.write('REJECTED EXTERNAL\r\n'))],
    ['garbage', (socket) => socket.on('data', () => socket.write(Buffer.alloc(4096, 0xfe)))],
    ['garbled', (socket) => { sockets.push(socket); socket.on('data', () => socket.write('DATA\r\nOK 0123456789abcdef0123456789abcdef\r\nAGREE_UNIX_FD\r\nl\xff\xff\xff')); }],
  ]) {
    const result = await ask(await serve(name, answer));
    assert.equal(result.status, null, name);
    assert.match(result.error_message, /^systemd: (x\.service: systemd does not |the bus unix:)/, name);
  }
  const restart = await desk.probe('systemd.unit("x", { bus = settings.bus }).run()', { settings: { bus: `unix:path=${desk.at('nothing')}` } });
  assert.equal(restart.status, 'down');
  const name = await desk.probe('systemd.status("../x.service")');
  assert.match(name.error_message, /a unit's name such as "comfyui\.service" is needed/);
});
