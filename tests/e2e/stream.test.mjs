// Live events: what happens reaches whoever watches, through nginx and over NOTIFY, and nobody who may not.
import assert from 'node:assert/strict';
import http from 'node:http';
import test from 'node:test';
import { shipped, startStack, until } from './lib/stack.mjs';

const basic = (name, password) => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;

/** Opens the stream; `events` grows as they come. */
function watch(t, stack, headers = {}) {
  return new Promise((resolve, reject) => {
    const request = http.get(
      {
        socketPath: stack.file('run/http.sock'),
        path: '/admin/health/stream',
        headers: { Authorization: basic('viewer', 'battery staple'), Accept: 'text/event-stream', ...headers },
      },
      (response) => {
        const events = [];
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (data) => {
          text += data;
          const blocks = text.split('\n\n');
          text = blocks.pop();
          for (const block of blocks) {
            const fields = Object.fromEntries(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]));
            if (fields.data) events.push({ event: fields.event, id: fields.id, data: JSON.parse(fields.data) });
          }
        });
        response.on('error', () => {});
        resolve({ status: response.statusCode, headers: response.headers, events, close: () => request.destroy() });
      },
    );
    request.on('error', reject);
    t.after(() => request.destroy());
  });
}

test('the stream: transitions at once, cards by the second, resumable, for those who may', async (t) => {
  const stack = await startStack(t, {
    checks: async (s) => ({
      'thing.lua': `service { name = "thing", every = "200ms", fall = 1, probe = function() http.get("${s.target.url}"):expect(200) end }`,
      'channels/dashboard.lua': await shipped('channels/dashboard.lua'),
    }),
    settings: (s) => ({ dashboard: { socket: s.file('run/publish.sock') } }),
  });

  await t.test('nobody is refused, a viewer is let in', async () => {
    assert.equal((await watch(t, stack, { Authorization: '' })).status, 401);
    const { status, headers } = await watch(t, stack);
    assert.equal(status, 200);
    assert.match(headers['content-type'], /^text\/event-stream/);
    assert.equal(headers['access-control-allow-origin'], undefined, 'no foreign page may read it');
    assert.equal(headers['cache-control'], 'no-store', 'said once');
    assert.equal((await watch(t, stack, { Origin: 'https://evil.example' })).status, 403);
  });

  const watching = await watch(t, stack);
  await t.test('cards come as they change', async () => {
    await until('cards come', () => watching.events.find((one) => one.event === 'results'));
    const [card] = watching.events.find((one) => one.event === 'results').data.cards;
    assert.deepEqual([card.service_name, card.status], ['thing', 'healthy']);
  });

  await t.test('a transition comes with what was wrong', async () => {
    stack.target.answer = () => 500;
    const { data } = await until('it comes', () => watching.events.find((one) => one.event === 'transition' && one.data.to === 'down'));
    assert.deepEqual([data.service_name, data.from], ['thing', 'healthy']);
    assert.match(data.error_message, /500/);
  });

  await t.test('whoever was away for a moment goes on where he was', async () => {
    const last = watching.events.at(-1).id;
    watching.close();
    stack.target.answer = () => 200;
    await until('it is well again', async () => (await stack.service('thing')).status === 'healthy');
    const again = await watch(t, stack, { 'Last-Event-ID': last });
    await until('what was missed comes', () => again.events.find((one) => one.event === 'transition' && one.data.to === 'healthy'));
  });

  await t.test('and every one of them is on the event bus, in the order in which they happened', async () => {
    const listener = await stack.postgres.listen('signalbox_events');
    const heard = () => listener.payloads().map((text) => JSON.parse(text));
    try {
      stack.target.answer = () => 500;
      await until('down is heard', () => heard().some((one) => one.event === 'transition' && one.data.to === 'down'));
      stack.target.answer = () => 200;
      await until('healthy is heard', () => heard().filter((one) => one.event === 'transition').at(-1).data.to === 'healthy');
      // What came before may still have been on its way to Postgres.
      const all = heard().filter((one) => one.event === 'transition');
      const moves = all.slice(all.findIndex((one) => one.data.to === 'down'));
      assert.deepEqual(moves.map((one) => one.data.to), ['down', 'healthy']);
      assert.equal(moves[0].subject, 'thing');
    } finally {
      await listener.close();
    }
  });
});
