// Many services: 10,000 over HTTP on 1,000 hosts, a tenth of them over TLS, every 30 s; what a check and a service cost as they become more.
import path from 'node:path';
import { childrenOf, cpuUs, memory, output, report, startNames, startTarget } from './lib.mjs';

const EVERY_S = 30;
const HOSTS = 1000;
const SIZES = [100, 1000, 10000];
const SECONDS = 60;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A file a thousand services, as a loop over instances. */
function fleet(target, count) {
  const files = {};
  for (let first = 0; first < count; first += 1000)
    files[`fleet${first / 1000}.lua`] = `for i = ${first}, ${Math.min(first + 1000, count) - 1} do
      local host = "h" .. i % ${HOSTS} .. ".bench.test"
      local url = i % 10 == 0 and "https://" .. host .. ":${target.tlsPort}/" or "http://" .. host .. ":${target.port}/"
      service { name = "s" .. i, every = "${EVERY_S}s", probe = function()
        local response = http.get(url .. i):expect(200)
        return { response_ms = response.ms }
      end, limits = { response_ms = { degraded = "> 5000" } } }
    end`;
  return files;
}

const sum = (list) => list.reduce((a, b) => a + b, 0);

/** Of scheduler and runners: CPU time so far and proportional memory. */
function usage(stack) {
  const scheduler = stack.programs.scheduler.pid;
  const runners = childrenOf(scheduler);
  return { scheduler: cpuUs(scheduler), runners: sum(runners.map(cpuUs)), kib: sum([scheduler, ...runners].map((pid) => memory(pid).pss)) };
}

/** Writes so many services and watches them for a while. */
async function watch(stack, until, target, count) {
  for (const [file, source] of Object.entries(fleet(target, count))) await stack.writeCheck(file, source);
  await stack.reload();
  await until('every service is known', async () => (await stack.control({ op: 'overview' })).services.every((s) => s.status), 180);
  await pause(1000 * EVERY_S); // every connection is open, and was used once more
  const before = usage(stack), { runs: runsBefore } = await stack.control({ op: 'status' });
  let late = 0;
  for (let second = 0; second < SECONDS; second += 10) {
    await pause(10000);
    late = Math.max(late, (await stack.control({ op: 'status' })).runs.late_p99_ms);
  }
  const after = usage(stack), { runs } = await stack.control({ op: 'status' });
  const checks = runs.finished - runsBefore.finished;
  return {
    count,
    late,
    checks,
    skipped: runs.skipped - runsBefore.skipped,
    noData: runs.no_data - runsBefore.no_data,
    scheduler: (after.scheduler - before.scheduler) / checks,
    runners: (after.runners - before.runners) / checks,
    cpu: (after.scheduler + after.runners - before.scheduler - before.runners) / (SECONDS * 1e6),
    kib: after.kib,
  };
}

export default async function bench(build) {
  const { startStack, until } = await import('../e2e/lib/stack.mjs');
  const target = await startTarget(), names = await startNames();
  const endings = [];
  const bare = async (rate) => {
    const { us, failed } = JSON.parse(await output([path.join(build, 'tests/bench-baseline'), String(rate * 30), `${rate}/s`, 'fresh',
      `http://h%d.bench.test:${target.port}`, `https://h%d.bench.test:${target.tlsPort}`, String(HOSTS), '127.0.0.1', target.ca]));
    if (failed) throw new Error(`${failed} of the bare loop's requests failed`);
    return us;
  };
  try {
    const stack = await startStack({ after: (fn) => endings.push(fn) }, {
      parts: ['scheduler'],
      env: { SSL_CERT_FILE: target.ca, SIGNALBOX_NAME_SERVERS: names.address },
    });
    const empty = usage(stack);
    console.log(`        ${EVERY_S} s apart, ${HOSTS} hosts, a tenth over TLS; with nothing to do ${(empty.kib / 1024).toFixed(1)} MiB`);
    for (const count of SIZES) {
      const w = await watch(stack, until, target, count);
      if (w.noData) throw new Error(`${w.noData} runs without data`);
      const line = `CPU a check ${(w.scheduler + w.runners).toFixed(0)} us (scheduler ${w.scheduler.toFixed(0)}, runners ${w.runners.toFixed(0)}), ${(100 * w.cpu).toFixed(1)} % of a core; ` +
        `${(w.kib / 1024).toFixed(1)} MiB, ${((w.kib - empty.kib) / count).toFixed(1)} KiB a service; p99 of lateness ${w.late.toFixed(1)} ms, ${w.skipped} skipped`;
      report(`${count} services, ${(w.checks / SECONDS).toFixed(1)} checks/s`, line);
      if (count < 10000) continue;
      const us = await bare(Math.round(count / EVERY_S));
      report('  99 of 100 runs began within', `${w.late.toFixed(1)} ms of their due time`, 'at most 500 ms', w.late <= 500);
      report('  the runners’ CPU a check / a bare libcurl loop at that rate', `${(w.runners / us).toFixed(2)} x   (${w.runners.toFixed(0)} us / ${us.toFixed(0)} us)`,
        'at most 1.6 x', w.runners / us <= 1.6);
      report('  with the scheduler, its journal and Postgres', `${((w.runners + w.scheduler) / us).toFixed(2)} x`);
      report('  memory a service', `${((w.kib - empty.kib) / count).toFixed(1)} KiB`, 'under 20 KiB', (w.kib - empty.kib) / count < 20);
    }
  } finally {
    for (const end of endings.reverse()) await end();
    names.stop();
    await target.stop();
  }
}
