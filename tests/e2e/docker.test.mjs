// Containers of a real Docker Engine: what is said of them, their logs, and each way in which a restart ends; and engines that are none.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import test from 'node:test';
import { openDesk } from './lib/desk.mjs';
import { startDocker } from './lib/dockerd.mjs';
import { noNamespaces } from './lib/namespaces.mjs';
import { runProgram } from './lib/program.mjs';
import { until } from './lib/until.mjs';

/** Heeds SIGTERM at once, as process 1 does only if it says so. */
const POLITE = 'trap "exit 0" TERM; while :; do sleep 0.1; done';

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('containers of Docker', { skip: noNamespaces() }, async (t) => {
  const desk = await openDesk(t);
  const cert = desk.at('cert.pem');
  const key = desk.at('key.pem');
  await runProgram(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=127.0.0.1',
    '-addext', 'subjectAltName=IP:127.0.0.1']);
  const port = await freePort();
  const docker = await startDocker(t, { listen: ['--host', `tcp://127.0.0.1:${port}`, '--tls', '--tlscacert', cert, '--tlscert', cert, '--tlskey', key] });
  const settings = { docker: { unix: docker.socket } };
  const status = (name, more) => desk.probe(`return docker.status("${name}", settings.docker)`, { settings, ...more });
  const restart = (name, { options = '', ...more } = {}) =>
    desk.probe(`return docker.container("${name}", { unix = settings.docker.unix, grace = "1s", settle = "1s", ${options} }).run()`, { settings, ...more });
  const logs = (name, lines, more) =>
    desk.probe(`return { text = docker.logs("${name}", settings.docker).run(${lines}) }`, { settings, ...more });
  const ended = (name) => until(`${name} has ended`, async () => /"Running":false/.test((await docker.api('GET', `/containers/${name}/json`)).body));

  await docker.start('good', `echo started; ${POLITE}`);

  await t.test('the state of one that runs, of one that ended, and of one that is not there', async () => {
    const { measures, status: word, error_message } = await status('good');
    assert.equal(word, 'healthy', error_message);
    assert.equal(measures.state, 'running');
    assert.equal(measures.restarts, 0);
    assert.equal(measures.oom_killed, false);
    assert.equal(measures.image, 'busybox:test');
    assert.equal(measures.exit_code, undefined);
    assert.ok(Math.abs((Date.now() - Date.parse(measures.started_at)) / 1000 - measures.up_s) < 5);

    // Whether it is counted is up to the machine's control groups; it is asked for in any case.
    const counted = await desk.probe('return docker.status("good", { unix = settings.docker.unix, memory = true })', { settings });
    assert.equal(counted.measures?.state, 'running', counted.error_message);
    assert.ok(counted.trace.some((step) => step.what.includes('/stats?')), JSON.stringify(counted.trace));
    assert.ok([undefined, 'number'].includes(counted.measures.memory_bytes && typeof counted.measures.memory_bytes));

    await docker.start('ended', 'exit 42');
    await ended('ended');
    const gone = (await status('ended')).measures;
    assert.deepEqual([gone.state, gone.exit_code, gone.up_s, gone.started_at], ['exited', 42, undefined, undefined]);

    await docker.start('checked', POLITE, { Healthcheck: { Test: ['CMD', 'sh', '-c', 'exit 1'], Interval: 1e9, Retries: 1 } });
    await until('its health check has failed', async () => (await status('checked')).measures.health === 'unhealthy');

    const nobody = await status('nobody');
    assert.equal(nobody.status, 'down');
    assert.equal(nobody.error_message, 'docker: nobody: No such container: nobody');
  });

  await t.test('over TLS, which is checked', async () => {
    const over = (more) => desk.probe(`return docker.status("good", { url = "https://127.0.0.1:${port}"${more} })`);
    const trusted = await over(`, ca = "${cert}", cert = "${cert}", key = "${key}"`);
    assert.equal(trusted.measures?.state, 'running', trusted.error_message);
    assert.match((await over(`, cert = "${cert}", key = "${key}"`)).error_message, /certificate/i);
  });

  await t.test('a restart is a later start', async () => {
    const before = (await status('good')).measures;
    const after = await restart('good');
    assert.equal(after.status, 'healthy', after.error_message);
    assert.ok(Date.parse(after.measures.started_at) > Date.parse(before.started_at));
  });

  await t.test('one that takes its whole grace is restarted all the same', async () => {
    await docker.start('stubborn', 'trap "" TERM; while :; do sleep 0.1; done');
    const began = Date.now();
    const { status: word, error_message } = await restart('stubborn', { options: 'grace = "2s"' });
    assert.equal(word, 'healthy', error_message);
    assert.ok(Date.now() - began >= 3000, 'two seconds of grace and one to settle');
  });

  await t.test('each way to fail has a sentence', async () => {
    await docker.start('dies', 'sleep 0.3; exit 7');
    await docker.start('revived', 'sleep 0.3; exit 7', { HostConfig: { RestartPolicy: { Name: 'always' } } });
    const broken = await docker.api('POST', '/containers/create?name=broken', { Image: 'busybox:test', Cmd: ['/no/such/program'], HostConfig: { NetworkMode: 'none' } });
    assert.equal(broken.status, 201);
    for (const [name, sentence] of [
      ['dies', /^docker: dies was started and has ended since: exited, exit code 7$/],
      ['revived', /^docker: revived was started(, has ended since and was started again by the engine| and has ended since: restarting, exit code 7)$/],
      ['broken', /^docker: broken: .*\/no\/such\/program.*no such file/],
      ['nobody', /^docker: nobody: No such container: nobody$/],
    ]) {
      const result = await restart(name);
      assert.equal(result.status, 'down', name);
      assert.match(result.error_message, sentence);
    }
    const short = await restart('good', { timeout: '2s', options: 'grace = "5s"' });
    assert.equal(short.status, null);
    assert.match(short.error_message, /a grace of 5 s and settling do not fit in the [12] s that the run has left/);
  });

  await t.test('logs: framed without a terminal, as they are with one; cleaned; the last lines; secrets masked', async () => {
    const command = 'echo out; printf "\\033[31mred\\033[0m \\377\\n"; echo password=hunter2; echo X-Mine: 77; i=0; while [ $i -lt 300 ]; do echo line $i; i=$((i+1)); done';
    await docker.start('talks', command);
    await docker.start('terminal', command, { Tty: true });
    await Promise.all([ended('talks'), ended('terminal')]);
    const masked = { settings: { ...settings, logs: { mask: ['X-Mine: *'] } } };
    for (const name of ['talks', 'terminal']) {
      const { measures, error_message } = await logs(name, 2);
      assert.equal(measures?.text, 'line 298\nline 299\n', error_message);
      const all = (await logs(name, 1000, masked)).measures.text;
      assert.deepEqual(all.split('\n').slice(0, 4).sort(), ['X-Mine: ***', 'out', 'password=***', 'red \ufffd'].sort());
      assert.equal(all.split('\n').length, 305);
    }
    await docker.start('both', 'echo out; echo err >&2');
    await ended('both');
    assert.deepEqual((await logs('both', 5)).measures.text.split('\n').sort(), ['', 'err', 'out'], 'in the order in which the engine got them');
    assert.equal((await logs('talks', '')).measures.text.split('\n').length, 101, 'a hundred lines when nobody says how many');
    assert.match((await logs('nobody', 5)).error_message, /^docker: nobody: No such container: nobody$/);
    await docker.start('floods', 'i=0; while [ $i -lt 40 ]; do head -c 100000 /dev/zero | tr "\\0" x; echo; i=$((i+1)); done');
    await ended('floods');
    const much = (await logs('floods', 1000)).measures.text;
    assert.ok(much.length <= 128 * 1024 && much.endsWith('x\n'), `${much.length}`);
    const wrong = await logs('talks', 2, { settings: { ...settings, logs: { mask: ['*'] } } });
    assert.match(wrong.error_message, /settings\.logs\.mask: rule 1: .*a text is needed before the star/);
  });

  await t.test('an engine that hangs', async () => {
    await docker.signal('SIGSTOP');
    const result = await desk.probe('return docker.status("good", { unix = settings.docker.unix, timeout = "500ms" })', { settings });
    const unrestarted = await restart('good', { options: 'timeout = "2s"' });
    await docker.signal('SIGCONT');
    assert.equal(result.status, 'down');
    assert.match(result.error_message, /timed out/);
    assert.equal(unrestarted.status, 'down');
    assert.match(unrestarted.error_message, /restart\?t=1: .*timed out/);
  });
});

test('engines that are none', async (t) => {
  const desk = await openDesk(t);
  const serve = async (name, text) => {
    const server = net.createServer((socket) => socket.on('error', () => {}).once('data', () => socket.end(text)));
    await new Promise((resolve) => server.listen(desk.at(name), resolve));
    t.after(() => server.close());
    return { unix: desk.at(name) };
  };
  const json = (text, status = '200 OK') => `HTTP/1.1 ${status}\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
  const sentences = {
    garbage: ['\x00\x01\x02 nothing of HTTP\r\n\r\n', /garbage|HTTP/i],
    empty: ['', /empty/i],
    'not-json': [json('<html>'), /the engine's answer is not understood/],
    nothing: [json('null'), /the engine's answer is not understood/],
    stateless: [json('{"State": 7, "Config": {}}'), /the engine's answer is not understood/],
    angry: [json('no words', '500 Internal Server Error'), /docker: x: the engine answered 500/],
    wordy: [json('{"message": "out of order"}', '500 Internal Server Error'), /docker: x: out of order/],
  };
  for (const [name, [text, sentence]] of Object.entries(sentences)) {
    const settings = { docker: await serve(name, text) };
    for (const call of ['docker.status("x", settings.docker)', 'docker.logs("x", settings.docker).run(5)']) {
      const result = await desk.probe(`return { ${call} and 1 }`, { settings });
      assert.equal(result.status, 'down', name);
      assert.match(result.error_message, sentence, name);
    }
  }
  const frames = await serve('frames', json('{"State": {"Status": "running"}, "Config": {"Tty": false}}'));
  assert.match((await desk.probe('docker.logs("x", settings.docker).run(5)', { settings: { docker: frames } })).error_message, /is no beginning of a frame/);
  assert.match((await desk.probe('docker.status("x", { unix = "/nowhere/docker.sock" })')).error_message, /No such file/);
  assert.match((await desk.probe('docker.status("../x")')).error_message, /a container's name or id is needed/);
  assert.match((await desk.probe('docker.container("x", { grace = "5s", timeout = "5s" })')).error_message, /the timeout must be longer than the grace/);
  assert.ok(await readFile(desk.at('signalbox')));
});

// This machine's engine counts no memory: these are answers as engines give them over control groups of version 2 and 1 (API 1.41, "Get container stats").
test('memory is what is used less what can be given back', async (t) => {
  const desk = await openDesk(t);
  let stats;
  const server = http.createServer((request, response) =>
    response.end(JSON.stringify(request.url.includes('/stats') ? stats : { State: { Status: 'running' }, Config: {} })));
  await new Promise((resolve) => server.listen(desk.at('engine'), resolve));
  t.after(() => server.close());
  for (const [memory_stats, expected] of [
    [{ usage: 1000, stats: { inactive_file: 200 } }, 800],
    [{ usage: 1000, stats: { total_inactive_file: 300 } }, 700],
    [{ usage: 1000, stats: { inactive_file: 2000 } }, 1000],
    [{ usage: 1000 }, 1000],
    [{}, undefined],
    [undefined, undefined],
  ]) {
    stats = { memory_stats };
    const { measures, error_message } = await desk.probe(`return docker.status("x", { unix = "${desk.at('engine')}", memory = true })`);
    assert.equal(measures?.memory_bytes, expected, error_message ?? JSON.stringify(stats));
  }
});
