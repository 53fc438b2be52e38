// From a failure to the first byte at a webhook: 1,000 services, no delay, failures at random moments; a second channel whose provider never answers.
import { median, report } from './lib.mjs';

const SERVICES = 1000;
const EVERY_S = 5;
const FAILURES = 300;
const ROOM_MS = 500;

const percentile = (list, share) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))];

export default async function bench() {
  const { startStack, until } = await import('../e2e/lib/stack.mjs');
  const { Receiver, webhook } = await import('../e2e/lib/receiver.mjs');
  const endings = [];
  const context = { after: (fn) => endings.push(fn) };
  try {
    const bad = new Set(), failedAt = new Map(), took = [];
    const receiver = await Receiver.start(context);
    const hung = await Receiver.start(context, () => new Promise(() => {}));
    receiver.answer = (message) => {
      const at = receiver.messages[receiver.messages.length - 1].at;
      for (const alert of message.alerts) if (alert.event === 'raised') took.push(at - failedAt.get(alert.service_name));
    };
    const stack = await startStack(context, {
      answer: (request) => ({ n: bad.has(request.url.slice(1)) ? 2 : 0 }),
      checks: ({ target }) => ({
        'many.lua': `for i = 1, ${SERVICES} do
          service { name = "s" .. i, every = "${EVERY_S}s", fall = 1, probe = function()
            return { n = http.get("${target.url}/s" .. i):expect(200):json().n }
          end, limits = { n = { down = "== 2" } } }
        end`,
        'channels/fast.lua': webhook('fast', receiver.url),
        'channels/hung.lua': webhook('hung', hung.url, '20s'),
      }),
      settings: { alerts: { delay: '0s', group: '0s', channels: ['fast', 'hung'] } },
      parts: ['scheduler'],
    });
    await until('every service is known', async () => (await stack.control({ op: 'overview' })).services.every((s) => s.status), 60);
    const before = (await stack.control({ op: 'status' })).runs;
    for (let i = 0; i < FAILURES; i++) {
      const name = `s${1 + Math.floor((i * SERVICES) / FAILURES)}`;
      failedAt.set(name, Date.now());
      bad.add(name);
      const next = Date.now() - 150 * Math.log(1 - Math.random());
      await until('the next one fails', () => Date.now() >= next);
    }
    await until('all are told', () => took.length === FAILURES, 60);
    const after = (await stack.control({ op: 'status' })).runs;
    const limit = EVERY_S * 1000 + ROOM_MS;
    report(`${SERVICES} services every ${EVERY_S} s, ${FAILURES} failures, no delay: failure to first byte at the webhook`,
      `p50 ${(median(took) / 1000).toFixed(2)} s, p99 ${(percentile(took, 0.99) / 1000).toFixed(2)} s, most ${(Math.max(...took) / 1000).toFixed(2)} s`, `p99 under one interval + ${ROOM_MS} ms`,
      percentile(took, 0.99) < limit);
    report('  meanwhile a provider that never answers: checks skipped, 99 of 100 runs began within', `${after.skipped - before.skipped}, ${after.late_p99_ms.toFixed(1)} ms; ${hung.messages.length} of its messages on the wire so far`,
      'none skipped', after.skipped === before.skipped);
  } finally {
    for (const end of endings.reverse()) await end();
  }
}
