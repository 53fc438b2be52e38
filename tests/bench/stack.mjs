// The whole stack under 1,000 services: how late runs begin, how much memory it takes, and what /health costs beside a static file.
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { childrenOf, cpuUs, median, memory, report, spread, startTarget } from './lib.mjs';

const run = promisify(execFile);
const SERVICES = 1000;
const EVERY_S = 10;
const SECONDS = 40;

/** wrk (Debian's): requests a second against one address. */
async function load(url) {
  const { stdout } = await run('wrk', ['-t1', '-c16', '-d3s', url]);
  const bad = stdout.match(/Non-2xx or 3xx responses: (\d+)/);
  if (bad) throw new Error(`${url}: ${bad[0]}`);
  return Number(stdout.match(/Requests\/sec:\s+([\d.]+)/)[1]);
}

async function lateness(stack, until) {
  const scheduler = stack.programs.scheduler.pid;
  const pids = [scheduler, ...childrenOf(scheduler)];
  await until('every service is known', async () => (await stack.control({ op: 'overview' })).services.every((s) => s.status));
  const before = await stack.control({ op: 'status' });
  const cpu = pids.map(cpuUs);
  const deadline = Date.now() + SECONDS * 1000;
  await until(`${SECONDS} s are over`, () => Date.now() > deadline, 2 * SECONDS);
  const after = await stack.control({ op: 'status' });
  const runs = after.runs.finished - before.runs.finished;
  const used = pids.map((pid, i) => cpuUs(pid) - cpu[i]);
  const all = pids.map(memory), sum = (key) => all.reduce((total, m) => total + m[key], 0) / 1024;
  report(`${SERVICES} services every ${EVERY_S} s, ${SECONDS} s: 99 of 100 runs began within`, `${after.runs.late_p99_ms.toFixed(1)} ms of their due time`, 'at most 250 ms',
    after.runs.late_p99_ms <= 250);
  report('  scheduler and runners together', `${sum('pss').toFixed(1)} MiB proportional, ${sum('rss').toFixed(1)} MiB resident`, 'under 64 MiB', sum('pss') < 64);
  report('  CPU a check', `scheduler ${(used[0] / runs).toFixed(0)} us, runners ${((used.slice(1).reduce((a, b) => a + b, 0)) / runs).toFixed(0)} us (${runs} runs, ${after.runs.skipped} skipped)`);
}

async function health(stack) {
  const body = (await stack.get('/health')).text;
  const root = stack.file('static');
  mkdirSync(`${root}/dist`, { recursive: true });
  writeFileSync(`${root}/dist/same.json`, body);
  const conf = stack.file('nginx/nginx.conf');
  writeFileSync(conf, readFileSync(conf, 'utf8').replace(/root ".*";/, `root "${root}/dist";`));
  await stack.restart('nginx');
  const ratios = [], dynamic = [], fixed = [];
  for (let i = 0; i < 5; i++) {
    const a = await load(`http://127.0.0.1:${stack.port}/health`), b = await load(`http://127.0.0.1:${stack.port}/same.json`);
    dynamic.push(a);
    fixed.push(b);
    ratios.push(a / b);
  }
  report('/health through nginx: requests a second / those of a static file of its size', `${spread(ratios)} x   (${spread(dynamic, 0)} / ${spread(fixed, 0)})`, 'at least 0.8 x',
    median(ratios) >= 0.8);
}

export default async function bench() {
  const { startStack, until } = await import('../e2e/lib/stack.mjs');
  const target = await startTarget();
  const endings = [];
  const context = { after: (fn) => endings.push(fn) };
  try {
    const stack = await startStack(context, {
      tcp: true,
      checks: {
        'many.lua': `for i = 1, ${SERVICES} do
          service { name = "s" .. i, every = "${EVERY_S}s", probe = function()
            local response = http.get("${target.url}/" .. i):expect(200)
            return { response_ms = response.ms }
          end, limits = { response_ms = { degraded = "> 5000" } } }
        end`,
      },
    });
    await lateness(stack, until);
    await health(stack);
  } finally {
    for (const end of endings.reverse()) await end();
    await target.stop();
  }
}
