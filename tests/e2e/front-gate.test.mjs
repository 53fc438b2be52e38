// nginx before ComfyUI: a thousand jobs while the flag falls, the WebSocket, a large upload; and the shipped checklist on real counterparts.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import test from 'node:test';
import { project, shipped, startStack, until } from './lib/stack.mjs';

const conf = (name) => readFile(path.join(project, 'nginx', name), 'utf8');

/** A preflight that fails when the target says so; no grace. */
const checks = ({ target }) => ({
  'disk.lua': `preflight { name = "disk", every = "100ms", grace = "0s", run = function() http.get("${target.url}/preflight"):expect(200) end }
    service { name = "site", every = "1h", probe = function() end }`,
});

async function openGate(t, more = {}) {
  let status = 200;
  const jobs = [];
  const stack = await startStack(t, {
    checks,
    answer: async (request) => {
      if (request.url === '/preflight') return status;
      if (request.method !== 'POST') return { queue_running: [] };
      request.resume(); // whoever answers before all has come cuts the client off
      await once(request, 'end');
      jobs.push(request.url);
      return { prompt_id: String(jobs.length) };
    },
    parts: [],
    ...more,
  });
  await mkdir(stack.file('nginx/server.d'), { recursive: true });
  await writeFile(stack.file('nginx/server.d/gate.conf'), (await conf('gate.conf')).replaceAll('127.0.0.1:8188', `127.0.0.1:${stack.target.port}`));
  for (const part of ['scheduler', 'api', 'nginx']) await stack.start(part);
  await stack.reload();
  await until('it is ready', async () => (await stack.get('/health/ready')).status === 200);
  return { stack, jobs, set: (now) => (status = now) };
}

const submit = (stack, body = '{}') => stack.get('/comfyui/prompt', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });

test('a thousand jobs while the flag falls: none passes after it is down', async (t) => {
  const { stack, jobs, set } = await openGate(t);
  assert.deepEqual((await submit(stack)).json, { prompt_id: '1' });
  let begun = 0;
  let downAt;
  const answers = [];
  const work = async () => {
    while (begun++ < 1000) {
      const at = performance.now();
      const { status, headers, text } = await submit(stack);
      answers.push({ at, status, headers, text });
      if (answers.length === 300) {
        set(500);
        void until('it is down', async () => (await stack.get('/health/ready')).status === 503).then(() => (downAt = performance.now()));
      }
    }
  };
  await Promise.all(Array.from({ length: 20 }, work));
  await until('the flag was seen to be down', () => downAt);
  const passed = answers.filter(({ status }) => status === 200);
  const refused = answers.filter(({ status }) => status === 503);
  assert.equal(passed.length + refused.length, 1000, JSON.stringify(answers.find(({ status }) => ![200, 503].includes(status))));
  assert.ok(passed.length >= 300);
  assert.deepEqual(passed.filter(({ at }) => at > downAt), []);
  assert.equal(jobs.length, passed.length + 1, 'what was refused has not reached ComfyUI');
  const last = await submit(stack);
  assert.equal(last.status, 503);
  assert.match(last.headers['retry-after'], /^\d+$/);
  assert.deepEqual([last.json.ready, last.json.blocking[0].name], [false, 'disk']);
  assert.equal((await stack.get('/comfyui/queue')).status, 200, 'looking is not submitting');
});

test('what closes the gate is what the refusal says, also while the flag goes up and down', async (t) => {
  const { stack, set } = await openGate(t);
  let over = false;
  const refusals = [];
  const work = async () => {
    while (!over) {
      const { status, json, headers } = await submit(stack);
      if (status === 503) refusals.push({ json, headers });
    }
  };
  const workers = Array.from({ length: 8 }, work);
  for (let i = 0; i < 6; i++) {
    set(i % 2 ? 200 : 500);
    await until('it has turned', async () => (await stack.get('/health/ready')).status === (i % 2 ? 200 : 503));
  }
  over = true;
  await Promise.all(workers);
  assert.ok(refusals.length > 0);
  for (const { json, headers } of refusals) {
    assert.deepEqual([json.ready, headers['content-type']], [false, 'application/json']);
    assert.match(json.blocking[0].name, /^(disk|journal)$/, JSON.stringify(json));
  }

  await t.test('with the application gone it is closed, and says so', async () => {
    await until('jobs pass', async () => (await submit(stack)).status === 200);
    await stack.end('api');
    const { status, json, headers } = await submit(stack);
    assert.deepEqual([status, json.ready, json.blocking.length], [503, false, 1]);
    assert.match(headers['retry-after'], /^\d+$/);
  });
});

test('pages of other sites submit nothing', async (t) => {
  const { stack, jobs } = await openGate(t);
  const from = (headers, route = '/comfyui/prompt') => stack.get(route, { method: 'POST', headers: { Host: 'health.example.org:8443', ...headers }, body: '{}' });
  const before = jobs.length;
  for (const Origin of ['https://evil.example', 'null', 'https://health.example.org', 'https://health.example.org:8443.evil.example', 'https://health.example.org:8443 x'])
    for (const route of ['/comfyui/prompt', '/comfyui/api/prompt', '/comfyui/upload/image', '/comfyui/ws']) assert.equal((await from({ Origin }, route)).status, 403, `${Origin} ${route}`);
  assert.equal(jobs.length, before);
  for (const headers of [{}, { Origin: 'https://health.example.org:8443' }, { Origin: 'http://Health.example.org:8443' }]) assert.equal((await from(headers)).status, 200, JSON.stringify(headers));
  assert.equal(jobs.length, before + 3);
});

test('with single sign-on both doors have to be open', async (t) => {
  const sso = http.createServer((request, response) => response.writeHead(/_sso=ada/.test(request.headers.cookie ?? '') ? 202 : 401, { 'Set-Cookie': '_sso=ada2' }).end('Sign in'));
  sso.listen(0, '127.0.0.1');
  await once(sso, 'listening');
  t.after(() => sso.close());
  const { stack, jobs, set } = await openGate(t, {
    options: ['--users-by-nginx'],
    snippets: { 'sso.http.conf': (await conf('sso.http.conf')).replace('127.0.0.1:4180', `127.0.0.1:${sso.address().port}`), 'sso.server.conf': await conf('sso.server.conf') },
  });
  const as = (headers, body = '{}') => stack.get('/comfyui/prompt', { method: 'POST', headers, body });
  const before = jobs.length;
  assert.equal((await as({})).status, 403, 'nobody: its sign-in page');
  assert.equal((await as({ Authorization: `Bearer sbx_${'0'.repeat(64)}` })).status, 403, 'a token that nobody would look at');
  assert.equal((await stack.get('/comfyui/queue', { headers: { Authorization: `Bearer sbx_${'0'.repeat(64)}` } })).status, 403);
  assert.equal(jobs.length, before);
  const passed = await as({ Cookie: '_sso=ada' }, Buffer.alloc(1 << 20));
  assert.equal(passed.status, 200);
  assert.deepEqual(passed.headers['set-cookie'], ['_sso=ada2'], 'its cookie is renewed');
  set(500);
  await until('it is down', async () => (await stack.get('/health/ready')).status === 503);
  assert.deepEqual([(await as({ Cookie: '_sso=ada' })).status, (await as({})).status], [503, 403]);
});

test('open, it changes nothing: uploads of any size, queries, and the WebSocket', async (t) => {
  const { stack, set } = await openGate(t);
  const size = 20 * 1024 * 1024;
  let received;
  stack.target.answer = async (request) => {
    if (request.url === '/preflight') return received === 'closed' ? 500 : 200;
    let n = 0;
    for await (const piece of request) n += piece.length;
    received = [request.url, n];
    return { ok: true };
  };
  assert.equal((await stack.get('/comfyui/upload/image?overwrite=true', { method: 'POST', body: Buffer.alloc(size) })).status, 200);
  assert.deepEqual(received, ['/upload/image?overwrite=true', size]);
  assert.equal((await stack.get('/comfyui/api/prompt?x=1', { method: 'POST', body: Buffer.alloc(size) })).status, 200);
  assert.deepEqual(received, ['/api/prompt?x=1', size]);
  stack.target.server.on('upgrade', (request, socket) => {
    socket.on('error', () => {});
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${createHash('sha1')
        .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
        .digest('base64')}\r\n\r\n`,
    );
    socket.on('data', (data) => socket.write(data));
  });
  const upgrade = () =>
    new Promise((resolve, reject) => {
      const socket = net.connect(stack.file('run/http.sock'), () =>
        socket.write(
          'GET /comfyui/ws?clientId=x HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
        ),
      );
      let text = '';
      let pinged = false;
      socket.on('error', reject);
      socket.on('data', (data) => {
        text += data;
        if (!pinged && / 101 /.test(text)) socket.write('over and back');
        pinged = true;
        if (/ 503 /.test(text) || text.endsWith('over and back')) {
          socket.destroy();
          resolve(text);
        }
      });
    });
  assert.match(await upgrade(), /^HTTP\/1\.1 101 /);
  received = 'closed';
  set(500);
  await until('it is down', async () => (await stack.get('/health/ready')).status === 503);
  assert.match(await upgrade(), /^HTTP\/1\.1 503 /);
});

test('the shipped checklist passes on a healthy platform, and says what is missing on one that is not', async (t) => {
  const stack = await startStack(t, {
    answer: (request) => (request.url === '/models/checkpoints' ? ['base.safetensors'] : 404),
    checks: async (s) => {
      await writeFile(s.file('model.bin'), 'weights');
      return { 'preflight.lua': await shipped('preflight.lua') };
    },
    settings: (s) => ({
      postgres: { url: s.postgres.url(), migration: { query: "SELECT 'v41'", expected: 'v41' } },
      filesystem: { state: s.directory },
      comfyui: {},
      models: {
        files: [{ path: s.file('model.bin'), size: 7, sha256: createHash('sha256').update('weights').digest('hex') }],
      },
    }),
  });
  const checklist = async () =>
    Object.fromEntries((await stack.get('/admin/health/startup-checklist', { as: 'viewer' })).json.checks.map((one) => [one.name, one]));
  await until('all have passed', async () => Object.values(await checklist()).every((one) => one.passed));
  assert.ok(['migrations', 'models', 'disk', 'clock'].every(async (name) => (await checklist())[name]));
  await writeFile(stack.file('model.bin'), 'Weights');
  const run = () =>
    stack.get('/admin/health/startup-checklist/run', { as: 'admin', method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' });
  assert.equal((await run()).status, 202);
  const failed = await until('the changed file is found', async () => {
    const { models } = await checklist();
    return models.state === 'failed' && models;
  });
  assert.match(failed.error, /is another file than the one expected: its SHA-256 is /);
});
