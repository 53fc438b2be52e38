// nginx before ComfyUI: a thousand jobs while the flag falls, the WebSocket, a large upload; and the shipped checklist on real counterparts.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import test from 'node:test';
import { project, shipped, startStack, until } from './lib/stack.mjs';

/** A preflight that fails when the target says so; no grace. */
const checks = ({ target }) => ({
  'disk.lua': `preflight { name = "disk", every = "100ms", grace = "0s", run = function() http.get("${target.url}/preflight"):expect(200) end }
    service { name = "site", every = "1h", probe = function() end }`,
});

async function openGate(t) {
  let status = 200;
  const jobs = [];
  const stack = await startStack(t, {
    checks,
    answer: (request) => {
      if (request.url === '/preflight') return status;
      if (request.method !== 'POST') return { queue_running: [] };
      jobs.push(request.url);
      return { prompt_id: String(jobs.length) };
    },
    parts: [],
  });
  await mkdir(stack.file('nginx/server.d'), { recursive: true });
  const conf = await readFile(path.join(project, 'nginx/gate.conf'), 'utf8');
  await writeFile(stack.file('nginx/server.d/gate.conf'), conf.replaceAll('127.0.0.1:8188', `127.0.0.1:${stack.target.port}`));
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
