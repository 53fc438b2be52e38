// 1,000 open pages: what memory their streams take in nginx, and how long it takes until a transition is at all of them. From the moment at which a check is
// asked for: its run, the journal, the dashboard channel and nginx are all in it, and so is this process, which reads the thousand.
import { once } from 'node:events';
import net from 'node:net';
import { childrenOf, median, memory, report, spread } from './lib.mjs';

const SUBSCRIBERS = 1000;
const TRANSITIONS = 20;

/** Streams that count what arrives: `heard(to)` is how many have had a transition to it since `expect(to)`. */
class Audience {
  constructor() {
    this.streams = [];
  }

  async join(socketPath, authorization) {
    const socket = net.connect({ path: socketPath });
    await once(socket, 'connect');
    const stream = { socket, open: false, text: '' };
    this.streams.push(stream);
    socket.setEncoding('latin1').on('data', (data) => this.hear(stream, data)).on('error', () => {});
    socket.write(`GET /admin/health/stream HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\nAuthorization: ${authorization}\r\n\r\n`);
  }

  hear(stream, data) {
    stream.open ||= data.startsWith('HTTP/1.1 200');
    if (!this.awaited) return;
    stream.text = (stream.text + data).slice(-4096); // a transition in two pieces is found all the same
    if (stream.told || !this.awaited.test(stream.text)) return;
    stream.told = true;
    this.times.push(performance.now() - this.began);
    if (this.times.length === this.streams.length) this.done();
  }

  /** How long it took until each of them had heard of a transition to that status, milliseconds, sorted. */
  async timesOf(to, cause) {
    for (const stream of this.streams) Object.assign(stream, { told: false, text: '' });
    this.awaited = new RegExp(`"to": ?"${to}"`);
    this.times = [];
    const all = new Promise((resolve) => (this.done = resolve));
    const late = new Promise((_, reject) => setTimeout(() => reject(new Error(`only ${this.times.length} heard of it`)), 20_000).unref());
    this.began = performance.now();
    await cause();
    await Promise.race([all, late]);
    this.awaited = undefined;
    return this.times;
  }
}

const thing = (status) =>
  `service { name = "thing", every = "24h", fall = 1, probe = function() ${status === 'down' ? 'http.get "http://127.0.0.1:1/"' : ''} end }`;

const nginxMiB = (stack) => [stack.programs.nginx.pid, ...childrenOf(stack.programs.nginx.pid)].reduce((sum, pid) => sum + memory(pid).pss, 0) / 1024;

export default async function bench() {
  const { program, shipped, startStack, until } = await import('../e2e/lib/stack.mjs');
  const { runProgram } = await import('../e2e/lib/program.mjs');
  const endings = [];
  try {
    const stack = await startStack(
      { after: (fn) => endings.push(fn) },
      {
        checks: async () => ({
          'thing.lua': thing('healthy'),
          'channels/dashboard.lua': await shipped('channels/dashboard.lua'),
        }),
        settings: (s) => ({ dashboard: { socket: s.file('run/publish.sock') } }),
      },
    );
    await stack.firstRuns();
    const made = await runProgram([program('signalbox'), 'token', 'create', 'bench', '--role', 'viewer', '--expires', '1d', '--tokens', stack.file('tokens')]);
    const audience = new Audience();
    const before = nginxMiB(stack);
    for (let i = 0; i < SUBSCRIBERS; i++) await audience.join(stack.file('run/http.sock'), `Bearer ${made.stdout.trim()}`);
    await until(`${SUBSCRIBERS} streams are open`, () => audience.streams.every((one) => one.open), 60);
    const halves = [], lasts = [];
    for (let i = 0; i < TRANSITIONS; i++) {
      const to = i % 2 ? 'healthy' : 'down';
      await stack.writeCheck('thing.lua', thing(to));
      await stack.reload();
      const times = await audience.timesOf(to, () => stack.recheck('thing'));
      halves.push(median(times));
      lasts.push(Math.max(...times));
    }
    const taken = nginxMiB(stack) - before;
    report(`${SUBSCRIBERS} open pages: memory in nginx, over none`, `${taken.toFixed(1)} MiB (${before.toFixed(1)} before)`, 'under 50 MiB', taken < 50);
    report(`  a transition is at all of them after (${TRANSITIONS} times, from the question to the last page)`, `${spread(lasts, 0)} ms; at half of them after ${spread(halves, 0)} ms`, 'at most 250 ms', median(lasts) <= 250);
    for (const { socket } of audience.streams) socket.destroy();
  } finally {
    for (const end of endings.reverse()) await end();
  }
}
