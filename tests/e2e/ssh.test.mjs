// Commands on another machine, which is this one, through a real sshd; and servers that are none.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import net from 'node:net';
import test from 'node:test';
import { openDesk } from './lib/desk.mjs';
import { startSshd } from './lib/sshd.mjs';
import { until } from './lib/until.mjs';

async function prepare(t, how) {
  const sshd = await startSshd(t, how);
  const desk = await openDesk(t, { secrets: { key: sshd.key, stranger: sshd.stranger, locked: sshd.locked, rubbish: 'no key\n', known_hosts: sshd.knownHosts } });
  /** Runs `call`, which sees `at` (host, options with the right key). */
  const probe = (call, more) =>
    desk.probe(
      `local host, options = "127.0.0.1", { user = settings.user, key = "key", port = settings.port }
       local function with(more) for k, v in pairs(more) do options[k] = v end return options end
       ${call}`,
      { settings: { port: sshd.port, user: sshd.user }, ...more });
  return { sshd, desk, probe };
}

test('commands by ssh', async (t) => {
  const { sshd, desk, probe } = await prepare(t);

  await t.test('output, errors and exit code, and arguments that no shell sees', async () => {
    const { measures, error_message } = await probe(`
      local r = ssh.run(host, { "sh", "-c", 'printf "%s|" "$@"; echo oops >&2; exit 3', "sh", "a b", "$(id)", "it's", "", "*", ";id", "new\\nline" }, options)
      return { code = r.code, out = r.stdout, err = r.stderr, signal = tostring(r.signal), truncated = r.truncated, took = r.ms > 0 }`);
    assert.deepEqual(measures, { code: 3, out: "a b|$(id)|it's||*|;id|new\nline|", err: 'oops\n', signal: 'nil', truncated: false, took: true }, error_message);
  });

  await t.test('much output is taken, and what is over the cap is forgotten', async () => {
    const call = (cap) => `local r = ssh.run(host, { "sh", "-c", "head -c 5000000 /dev/zero | tr '\\\\0' x; echo end >&2" }, with { max_output = ${cap} })
      return { out = #r.stdout, err = r.stderr, truncated = r.truncated }`;
    assert.deepEqual((await probe(call(1048576))).measures, { out: 1048576, err: 'end\n', truncated: true });
    assert.deepEqual((await probe(call(10))).measures, { out: 10, err: 'end\n', truncated: true });
  });

  await t.test('a driver restarts, and gives lines of a log', async () => {
    const { measures, error_message } = await probe(`
      local driver = ssh.command(host, { "echo", "done;", "token=abc" }, options)
      local logs = ssh.command(host, { "seq", "{lines}" }, options)
      local did = driver.run()
      return { what = driver.driver .. " " .. driver.target, code = did.code, output = did.output, lines = logs.run(3) }`);
    assert.deepEqual(measures, { what: 'ssh 127.0.0.1', code: 0, output: 'done; token=***\n', lines: '1\n2\n3\n' }, error_message);
  });

  await t.test('each way to fail has a sentence', async () => {
    await writeFile(desk.at('other_hosts'), sshd.otherHosts);
    await writeFile(desk.at('no_hosts'), '');
    const closed = net.createServer().listen(0, '127.0.0.1');
    await until('it listens', () => closed.listening);
    const { port: nobody } = closed.address();
    await new Promise((resolve) => closed.close(resolve));
    const command = (options, argv = '{ "true" }', host = 'host') => `ssh.command(${host}, ${argv}, with { ${options} }).run()`;
    for (const [call, sentence, status = 'down'] of [
      [command('', '{ "sh", "-c", "echo no such unit >&2; exit 5" }'), /^ssh\.command 127\.0\.0\.1 sh -c .*: exit code 5: no such unit$/],
      [command('', '{ "sh", "-c", "kill -KILL $$" }'), /^ssh\.command .*: ended by signal KILL$/],
      [command('key = secret "stranger"'), /^ssh: 127\.0\.0\.1: the key of user \S+ is not accepted$/],
      [command('user = "nobody-here"'), /^ssh: 127\.0\.0\.1: the key of user nobody-here is not accepted$/],
      [command('key = "locked"'), /the key is no private key that can be read without a passphrase/, null],
      [command('key = "rubbish"'), /the key is no private key/, null],
      [command('key = "no-such-secret"'), /secret "no-such-secret": .*No such file/, null],
      [command(`known_hosts = "${desk.at('other_hosts')}"`), /^ssh: 127\.0\.0\.1: its key SHA256:\S+ is not the one in \S+other_hosts: it was changed, or somebody/],
      [command(`known_hosts = "${desk.at('no_hosts')}"`), /^ssh: 127\.0\.0\.1: its key SHA256:\S+ is not in \S+no_hosts: have it checked/],
      [command(`known_hosts = "${desk.at('nothing')}"`), /^ssh: 127\.0\.0\.1: its key SHA256:\S+ is not in \S+nothing: have it checked/],
      [command(`port = ${nobody}`), /^ssh: 127\.0\.0\.1: port \d+: Connection refused$/],
      [command('', '{ "true" }', '"no-such-name.invalid"'), /no-such-name\.invalid/, undefined],
      [command('', '{ "sleep", "60" }').replace('with {', 'with { timeout = "1s",'), /the command was not done after 1 s; it was told to end$/],
      [command('', '{}'), /a list of the program and its arguments is needed/, null],
      [command('', '{ "true" }', '"-oProxyCommand=x"'), /a host's name or address is needed/, null],
      [command('', '{ "true" }', '"me@host"'), /the user is an option/, null],
      ['ssh.run(host, { "true" }, { user = "x" })', /the options user and key are needed/, null],
    ]) {
      const result = await probe(call);
      if (status !== undefined) assert.equal(result.status, status, `${call}: ${result.error_message}`);
      assert.match(result.error_message, sentence, call);
    }
  });

  await t.test('many at once, and a run that ends before its command', async () => {
    const results = await Promise.all(Array.from({ length: 8 }, (_, i) => probe(`return { n = tonumber(ssh.run(host, { "echo", "${i}" }, options).stdout) }`)));
    assert.deepEqual(results.map((r) => r.measures?.n), [0, 1, 2, 3, 4, 5, 6, 7]);
    const cut = await probe('ssh.run(host, { "sleep", "60" }, options)', { timeout: '1s' });
    assert.equal(cut.status, 'down');
    assert.match(cut.error_message, /not done after|timed out/);
  });

  await t.test('no connection stays open', async () => {
    const count = 'tonumber(proc.run({ "sh", "-c", "ls /proc/$PPID/fd | wc -l" }).stdout)';
    const { measures, error_message } = await probe(`
      local before = ${count}
      for _ = 1, 3 do ssh.run(host, { "true" }, options) end
      pcall(ssh.run, host, { "sleep", "60" }, with { timeout = "500ms" })
      pcall(ssh.run, host, { "true" }, with { key = secret "stranger" })
      return { before = before, after = ${count} }`);
    assert.equal(measures?.after, measures?.before, error_message);
  });

  await t.test('a server that hangs', async () => {
    sshd.signal('SIGSTOP');
    const result = await probe('ssh.run(host, { "true" }, with { timeout = "500ms" })');
    sshd.signal('SIGCONT');
    assert.equal(result.status, 'down');
    assert.match(result.error_message, /^ssh: 127\.0\.0\.1: timed out after 0\.5 s while agreeing on keys$/);
  });
});

test('a key with one permitted command does that and nothing else', async (t) => {
  const { probe } = await prepare(t, { options: 'restrict,command="echo only this"' });
  const { measures, error_message } = await probe('return { out = ssh.run(host, { "rm", "-rf", "/nowhere" }, options).stdout }');
  assert.equal(measures?.out, 'only this\n', error_message);
});

test('servers that are none', async (t) => {
  const desk = await openDesk(t, { secrets: { key: (await startSshd(t)).key } });
  for (const [name, answer] of [
    ['closes', (socket) => socket.destroy()],
    ['talks of something else', (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['never stops greeting', (socket) => { const more = () => { while (!socket.destroyed && socket.write('x'.repeat(65536))); }; socket.on('drain', more); more(); }],
    ['greets and sends garbage', (socket) => socket.write(Buffer.concat([Buffer.from('SSH-2.0-x\r\n'), Buffer.alloc(4096, 0xff)]))],
    ['speaks version 1', (socket) => socket.write('SSH-1.5-old\r\n')],
  ]) {
    const server = net.createServer((socket) => answer(socket.on('error', () => {}))).listen(0, '127.0.0.1');
    await until('it listens', () => server.listening);
    const result = await desk.probe('ssh.run("127.0.0.1", { "true" }, { user = "x", key = secret "key", port = settings.port, timeout = "3s" })',
      { settings: { port: server.address().port } });
    server.close();
    assert.equal(result.status, 'down', name);
    assert.match(result.error_message, /^ssh: 127\.0\.0\.1: (while agreeing on keys: |timed out after 3 s while agreeing on keys)/, name);
  }
});
