// What the page asks for most: the overview of 1,000 services, 50 times a second, and what it costs; and /health beside a static file.
import http from 'node:http';
import { childrenOf, cpuUs, report } from './lib.mjs';

const SERVICES = 1000;
const RATE = 50;
const SECONDS = 20;

const percentile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

/** One request through nginx, read to its end; milliseconds. */
function ask(socketPath, agent, headers) {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    http
      .get({ socketPath, path: '/admin/health', agent, headers }, (response) => {
        response.on('data', () => {});
        response.on('end', () => (response.statusCode === 200 ? resolve(performance.now() - began) : reject(new Error(`answered ${response.statusCode}`))));
      })
      .on('error', reject);
  });
}

/** RATE requests a second for so many seconds, begun when they are due whether the ones before have ended or not; milliseconds each, sorted. */
async function steadily(seconds, one) {
  const began = performance.now();
  const all = [];
  await new Promise((resolve) => {
    const timer = setInterval(() => {
      while (all.length < ((performance.now() - began) / 1000) * RATE && all.length < seconds * RATE) all.push(one());
      if (all.length >= seconds * RATE) {
        clearInterval(timer);
        resolve();
      }
    }, 2);
  });
  return (await Promise.all(all)).sort((a, b) => a - b);
}

async function overview(stack) {
  const { runProgram } = await import('../e2e/lib/program.mjs');
  const { program } = await import('../e2e/lib/stack.mjs');
  const made = await runProgram([program('signalbox'), 'token', 'create', 'bench', '--role', 'viewer', '--expires', '1d', '--tokens', stack.file('tokens')]);
  const headers = { Authorization: `Bearer ${made.stdout.trim()}` };
  const agent = new http.Agent({ keepAlive: true });
  const socketPath = stack.file('run/http.sock');
  const pids = { api: childrenOf(stack.programs.api.pid), scheduler: [stack.programs.scheduler.pid], nginx: childrenOf(stack.programs.nginx.pid) };
  const used = () => Object.fromEntries(Object.entries(pids).map(([name, list]) => [name, list.reduce((sum, pid) => sum + cpuUs(pid), 0)]));
  const bytes = (await stack.get('/admin/health', { as: 'viewer' })).text.length;
  await steadily(3, () => ask(socketPath, agent, headers)); // warm: every worker has its connections
  const idle = used();
  await new Promise((resolve) => setTimeout(resolve, 5000));
  const before = used();
  const times = await steadily(SECONDS, () => ask(socketPath, agent, headers));
  const after = used();
  agent.destroy();
  const cpu = Object.fromEntries(
    Object.keys(pids).map((name) => [name, (after[name] - before[name] - ((before[name] - idle[name]) * SECONDS) / 5) / times.length / 1000]),
  );
  const p99 = percentile(times, 0.99);
  report(`/admin/health, ${SERVICES} services (${(bytes / 1024).toFixed(0)} KiB), ${RATE} requests/s through nginx: 99 of 100 within`, `${p99.toFixed(1)} ms (half within ${percentile(times, 0.5).toFixed(1)})`, 'under 15 ms', p99 < 15);
  const mine = cpu.api + cpu.scheduler;
  report('  CPU a request, application and scheduler', `${mine.toFixed(2)} ms (${cpu.api.toFixed(2)} + ${cpu.scheduler.toFixed(2)}; nginx ${cpu.nginx.toFixed(2)})`, 'under 5 ms', mine < 5);
}

export default async function bench() {
  const { startStack } = await import('../e2e/lib/stack.mjs');
  const endings = [];
  try {
    const stack = await startStack(
      { after: (fn) => endings.push(fn) },
      {
        checks: {
          'many.lua': `for i = 1, ${SERVICES} do
            service { name = "service-" .. i, title = "Service number " .. i, group = "Group " .. i % 20, every = "60s",
              probe = function() return { response_ms = 12.5, queue = 3, version = "1.2.3" } end,
              limits = { response_ms = { degraded = "> 500", down = "> 5000" }, queue = { degraded = "> 100" } } }
          end`,
        },
      },
    );
    await stack.sync();
    await overview(stack);
  } finally {
    for (const end of endings.reverse()) await end();
  }
}
