// kill -9 of the scheduler at every step of an alert: while it is decided, when it stands in the outbox, on the wire, when the answer has come, when that has
// been written down. Every transition's alert arrives, in order, and none more than once beyond the one that was on the wire.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Receiver, webhook } from './lib/receiver.mjs';
import { startStack, until } from './lib/stack.mjs';

/** More seeds by SIGNALBOX_SEEDS=100. */
const SEEDS = Number(process.env.SIGNALBOX_SEEDS ?? 24);
const SERVICES = ['a', 'b', 'c', 'd'];

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
function chance(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

test(`promise 1: kill -9 at any step of the outbox, ${SEEDS} times: every alert arrives, and at most the one on the wire twice`, async (t) => {
  const says = Object.fromEntries(SERVICES.map((name) => [name, 0]));
  /** Called when a message has arrived and is not yet answered. */
  let onArrival = () => undefined;
  const receiver = await Receiver.start(t, (message) => onArrival(message));
  const stack = await startStack(t, {
    answer: (request) => ({ n: says[request.url.slice(1)] }),
    checks: ({ target }) => ({
      'all.lua': `for _, name in ipairs { "${SERVICES.join('", "')}" } do
        service { name = name, every = "24h", retry_every = "24h", fall = 1,
          probe = function() return { n = http.get("${target.url}/" .. name):expect(200):json().n } end, limits = { n = { down = "== 2" } } }
      end`,
      'channels/test.lua': webhook('test', receiver.url, '10s'),
    }),
    settings: { flap: false, alerts: { delay: '0s', channels: ['test'], group: '0s' } },
    parts: ['scheduler'],
  });

  /** What each service's next alert should be: everybody begins well. */
  const expected = [];
  const isDone = async () => {
    const { pending } = await stack.control({ op: 'channels' });
    return pending === 0 && receiver.told.length === expected.length;
  };
  const strikes = [];
  let kills = 0;

  /** Does it while the scheduler is killed at a moment of its kind. Answers that never came are no fault. */
  async function strike(kind, after, act) {
    let killed;
    const kill = async () => {
      killed ??= stack.kill('scheduler');
      await killed;
    };
    if (kind === 'on the wire') onArrival = () => kill();
    if (kind === 'answered') onArrival = () => void setTimeout(kill, after % 3);
    if (kind === 'written down') onArrival = () => void setTimeout(kill, 60 + (after % 120)); // results are written every 100 ms
    const acting = act().catch((error) => assert.match(error.message, /hung up|ECONNRE|ENOENT|EPIPE/));
    if (kind === 'at any moment') {
      await pause(after);
      await kill();
    }
    if (kind === 'decided') {
      await acting;
      await kill();
    }
    await acting;
    await until('the scheduler is struck', () => killed !== undefined);
    await killed;
    onArrival = () => undefined;
    kills++;
  }

  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = chance(seed);
    const kinds = ['at any moment', 'decided', 'on the wire', 'answered', 'written down'];
    const kind = kinds[Math.floor(random() * kinds.length)];
    const several = SERVICES.filter(() => random() < 0.5);
    const changing = several.length ? several : [SERVICES[Math.floor(random() * SERVICES.length)]];
    const after = Math.floor(random() * 250);
    for (const name of changing) {
      says[name] = says[name] ? 0 : 2;
      expected.push(`${says[name] ? 'raised' : 'recovered'} ${name}`);
    }
    strikes.push(`${seed}: ${kind} ${after} ms ${changing.map((name) => `${name}=${says[name]}`)}`);
    await strike(kind, after, () => Promise.all(changing.map((name) => stack.recheck(name))));
    await stack.start('scheduler');
    await stack.reload();
    for (const name of changing) await stack.recheck(name); // what was not yet known when it was struck
    await until(`everything has arrived after ${strikes[strikes.length - 1]}: ${receiver.told} of ${expected}`, isDone);
  }

  for (const name of SERVICES) {
    const ofService = (list) => list.filter((told) => told.endsWith(` ${name}`));
    assert.deepEqual(ofService(receiver.told), ofService(expected), `in order\n${strikes.join('\n')}`);
  }
  const times = new Map();
  for (const { message } of receiver.messages) times.set(message.id, (times.get(message.id) ?? 0) + 1);
  const again = [...times.values()].reduce((sum, n) => sum + n - 1, 0);
  t.diagnostic(`${receiver.messages.length} messages, ${again} of them again, ${kills} kills`);
  assert.ok(again <= kills, `${again} messages came again after ${kills} kills`);
  for (const { message } of receiver.messages.slice(1)) assert.equal(typeof message.id, 'string');

  await stack.sync();
  const open = await stack.sql(`SELECT service_name, event, state FROM health_alerts WHERE state NOT IN ('delivered')`);
  assert.deepEqual(open, [], 'the ledger says that all were delivered');
  const rows = await stack.sql(`SELECT event || ' ' || service_name AS told FROM health_alerts WHERE channel = 'test' ORDER BY created_at, id`);
  assert.deepEqual(rows.map((row) => row.told).sort(), [...expected].sort(), 'each alert has one row');
});

test('a restart tells nothing again, and goes on with what waits', async (t) => {
  let n = 0;
  const receiver = await Receiver.start(t);
  const stack = await startStack(t, {
    answer: () => ({ n }),
    checks: ({ target }) => ({
      'db.lua': `service { name = "db", every = "24h", retry_every = "24h", fall = 1,
        probe = function() return { n = http.get("${target.url}"):expect(200):json().n } end, limits = { n = { down = "== 2" } } }`,
      'channels/test.lua': webhook('test', receiver.url),
    }),
    settings: { flap: false, alerts: { delay: '0s', channels: ['test'], group: '0s' } },
    parts: ['scheduler'],
  });
  n = 2;
  await stack.recheck('db');
  await until('it is told', async () => (await stack.control({ op: 'channels' })).pending === 0 && receiver.messages.length === 1);
  await stack.sync();
  for (const how of ['restart', 'kill', 'restart']) {
    if (how === 'kill') {
      await stack.kill('scheduler');
      await stack.start('scheduler');
    } else await stack.restart('scheduler');
    await stack.reload();
    await stack.recheck('db');
    await stack.sync();
  }
  assert.equal(receiver.messages.length, 1, 'nothing again');

  await receiver.stop();
  n = 0;
  await stack.recheck('db');
  await until('it was tried', async () => (await stack.sql(`SELECT FROM health_alert_attempts WHERE error IS NOT NULL`)).length);
  await stack.kill('scheduler');
  await receiver.back();
  await stack.start('scheduler');
  await until('it arrives', () => receiver.messages.length === 2);
  assert.deepEqual(receiver.told, ['raised db', 'recovered db']);
  assert.ok(receiver.messages[1].message.attempt > 1, 'it knows that it tried before');
});
