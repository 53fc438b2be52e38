// A machine that has lost its own network is told from forty services that have died: no data, not forty outages.
import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import test from 'node:test';
import { NameServer } from './lib/dns.mjs';
import { Network } from './lib/network.mjs';
import { makeDirectory } from './lib/postgres.mjs';
import { runProgram } from './lib/program.mjs';
import { program, startStack, until } from './lib/stack.mjs';

const checks = {
  'remote.lua': `for n = 1, 5 do
    service { name = "remote-" .. n, every = "500ms", timeout = "800ms", probe = function()
      http.get("http://${Network.TARGET}:${Network.PORT}/"):expect(200)
    end }
  end
  service { name = "timeout", every = "500ms", timeout = "800ms", probe = function() tcp.connect("${Network.TARGET}", ${Network.PORT}):receive_line() end }`,
  'local.lua': 'service { name = "local", every = "500ms", probe = function() tcp.ping("127.0.0.1", 1) end }',
};

test('forty outages, or one of our own', async (t) => {
  const network = await Network.start();
  t.after(() => network.stop());
  const stack = await startStack(t, { checks, parts: ['scheduler'], schedulerIn: network.enter() });
  const remotes = [1, 2, 3, 4, 5].map((n) => `remote-${n}`);
  const overview = () => stack.control({ op: 'overview' });
  const are = async (status, names = remotes) => {
    const { services } = await overview();
    return names.every((name) => services.find((one) => one.service_name === name).status === status);
  };

  await until('everything that answers is healthy', () => are('healthy'));
  assert.equal((await overview()).network, null);

  await t.test('a gateway that has always been silent says nothing by it', async (t) => {
    await network.hush(Network.GATEWAY);
    const silent = await startStack(t, { checks, parts: ['scheduler'], schedulerIn: network.enter() });
    const show = async (status) => (await Promise.all(remotes.map((name) => silent.service(name)))).every((service) => service.status === status);
    await until('all are healthy', () => show('healthy'));
    await network.hush(Network.TARGET);
    await until('all are down', () => show('down'));
    assert.equal((await silent.control({ op: 'overview' })).network, null);
    await network.unhush(Network.TARGET);
    await network.unhush(Network.GATEWAY);
    await until('they are healthy again', () => are('healthy'));
  });

  await t.test('targets that refuse: they are down, and so is what never says a word', async () => {
    await network.unserve();
    await until('all are down', () => are('down', [...remotes, 'timeout']));
    assert.equal((await overview()).network, null);
    await network.serve();
    await until('all are healthy again', () => are('healthy'));
  });

  await t.test('targets that disappear while the gateway answers: they are down', async () => {
    await network.disappear(Network.TARGET);
    await until('all are down', () => are('down'));
    assert.equal((await overview()).network, null);
    await network.appear(Network.TARGET);
    await until('all are healthy again', () => are('healthy'));
  });

  /** From now on nothing is known of other machines, and it is said why; nothing was called down for it, and this machine's own stays what it is. */
  async function assertLost(why) {
    const [{ now }] = await stack.sql('SELECT now() AS now');
    const { why: told, lost_since: since } = await until('it is lost', async () => (await overview()).network);
    assert.match(told, why);
    assert.match(since, /^\d{4}-/);
    await until('nothing is known of them', () => are(null, [...remotes, 'timeout']));
    await until('each says why', async () => /^this machine has lost its own network: .*What was seen: .*10\.77\.0\.2/.test((await stack.service('remote-1')).error_message));
    assert.equal((await stack.service('local')).status, 'down');
    await stack.sync();
    const windows = (await stack.windows()).filter((w) => w.service_name.startsWith('remote') && w.started_at >= now);
    assert.deepEqual(windows, [], 'no window of an outage begins');
  }

  await t.test('the gateway is silent too, which used to answer: our network is gone', async () => {
    await until('the gateway has earned its trust', async () => (await readFile(stack.file('log/scheduler.log'), 'utf8')).includes('event=gateway_trusted'));
    await network.hush(Network.TARGET);
    await network.hush(Network.GATEWAY);
    await assertLost(/gateway does not answer any more/);
    await network.unhush(Network.GATEWAY);
    await until('it is back', async () => !(await overview()).network);
    await network.unhush(Network.TARGET);
    await until('and so is everything', () => are('healthy'));
  });

  await t.test('the gateway has disappeared: our network is gone', async () => {
    await network.disappear(Network.TARGET);
    await network.disappear(Network.GATEWAY);
    await assertLost(/gateway/);
    await network.appear(Network.GATEWAY);
    await until('it is back', async () => !(await overview()).network);
    await network.appear(Network.TARGET);
    await until('and so is everything', () => are('healthy'));
  });

  await t.test('the cable is pulled: our network is gone', async () => {
    await network.pullCable();
    await assertLost(/no network interface|gateway/);
    await network.plugCable();
    await until('it is back', () => are('healthy'));
    assert.equal((await overview()).network, null);
  });

  await t.test('a reference of one’s own decides instead of the gateway', async () => {
    await stack.writeCheck('settings.lua', `return { network = { references = { "10.77.0.3:1" } } }`);
    await network.appear('10.77.0.3');
    await stack.reload();
    await until('it is read', () => are('healthy'));
    await network.disappear(Network.TARGET);
    await network.disappear(Network.GATEWAY);
    await until('the reference answers: they are down', () => are('down'));
    await network.disappear('10.77.0.3');
    await until('now it is gone', async () => (await overview()).network);
    assert.match((await overview()).network.why, /its reference address does not answer/);
    const told = await runProgram([program('signalbox'), 'status', '--control', stack.file('run/scheduler.sock')]).catch((error) => error);
    assert.match(told.stdout, /^this machine has lost its own network since .*: its reference address does not answer; what runs on other machines is not known$/m);
  });
});

test('names are asked where SIGNALBOX_NAME_SERVERS says, by whatever asks', async (t) => {
  const directory = await makeDirectory('names');
  t.after(() => rm(directory, { recursive: true, force: true }));
  const names = await NameServer.start(directory, ['host-record=only-here.test,127.0.0.1']);
  t.after(() => names.stop());
  const stack = await startStack(t, {
    parts: ['scheduler'],
    env: { SIGNALBOX_NAME_SERVERS: names.address },
    checks: ({ target }) => ({
      'names.lua': `local port = "${new URL(target.url).port}"
        service { name = "http", probe = function() http.get("http://only-here.test:" .. port .. "/"):expect(200) end }
        service { name = "tcp", probe = function() tcp.connect("only-here.test", tonumber(port)) end }
        service { name = "dns", probe = function() return { address = dns.query("only-here.test")[1].address } end }`,
    }),
  });
  for (const service of ['http', 'tcp', 'dns']) {
    const { status, error_message: why } = await stack.recheck(service);
    assert.equal(status, 'healthy', `${service}: ${why}`);
  }
});
