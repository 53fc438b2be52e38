// Events on another bus than Postgres: NATS and Redis, real ones, also when the bus was away for a while.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { Nats } from './lib/nats.mjs';
import { Redis } from './lib/redis.mjs';
import { shipped, startStack, until } from './lib/stack.mjs';

async function folder(t) {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'signalbox-bus-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A connection that gathers what it hears. */
async function listen(url, hello) {
  const { hostname, port } = new URL(url);
  const socket = net.connect(Number(port), hostname);
  const listener = { text: '', socket };
  socket.setEncoding('utf8');
  socket.on('data', (data) => (listener.text += data));
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(hello);
  return listener;
}

/** Events of one kind among the lines that were heard. */
const heard = (listener, event) =>
  listener.text
    .split('\r\n')
    .filter((line) => line.startsWith('{'))
    .slice(0, listener.text.endsWith('\r\n') ? undefined : -1) // what came half is read when it is whole
    .map((line) => JSON.parse(line))
    .filter((one) => one.event === event);

async function startBus(t, bus) {
  let n = 0;
  const stack = await startStack(t, {
    answer: () => ({ n }),
    checks: async ({ target }) => ({
      'db.lua': `service { name = "db", every = "24h", retry_every = "24h", fall = 1,
        probe = function() return { n = http.get("${target.url}"):expect(200):json().n } end, limits = { n = { down = "== 2" } } }`,
      'channels/bus.lua': await shipped('channels/bus.lua'),
    }),
    settings: { bus },
    parts: ['scheduler'],
  });
  return {
    stack,
    async becomes(value) {
      n = value;
      await stack.recheck('db');
    },
  };
}

test('transitions and alerts are published on NATS, one subject a kind', async (t) => {
  const directory = await folder(t);
  const nats = await Nats.start(directory);
  t.after(() => nats.stop());
  const listener = await listen(nats.url, 'CONNECT {"verbose":false}\r\nSUB health.> 1\r\nPING\r\n');
  t.after(() => listener.socket.destroy());
  await until('it is subscribed', () => listener.text.includes('PONG'));
  const { becomes } = await startBus(t, { nats: nats.url, subject: 'health' });
  await becomes(2);
  await until('it is heard', () => heard(listener, 'transition').some(({ data }) => data.to === 'down'));
  const { subject, at, data } = heard(listener, 'transition').find((one) => one.data.to === 'down');
  assert.deepEqual([subject, data.service_name, data.error_message, at.slice(-1)], ['db', 'db', 'n 2 == 2', 'Z']);
  assert.match(listener.text, /MSG health\.transition 1 /);
  await until('the page is told too', () => heard(listener, 'alert').some((one) => one.data.channel === 'dashboard' && one.data.event === 'raised'));
});

test('a Redis that was away gets what waited, in order', async (t) => {
  const redis = await Redis.start(await folder(t));
  t.after(() => redis.stop());
  const listener = await listen(redis.url, 'SUBSCRIBE signalbox\r\n');
  t.after(() => listener.socket.destroy());
  await until('it is subscribed', () => listener.text.includes('subscribe'));
  const { stack, becomes } = await startBus(t, { redis: redis.url });
  redis.freeze();
  await becomes(2);
  await becomes(0);
  await becomes(2);
  const log = () => readFile(stack.file('log/scheduler.log'), 'utf8');
  await until('it has noticed', async () => (await log()).includes('event=bus_fails'), 30);
  redis.resume();
  await until('everything was heard', () => heard(listener, 'transition').filter(({ data }) => data.to === 'down').length >= 2, 60);
  const last = heard(listener, 'transition').map(({ data }) => data.to);
  assert.deepEqual(last.slice(-3), ['down', 'healthy', 'down']);
});
