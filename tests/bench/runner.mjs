// CPU time of a check in the runner, beside a bare libcurl loop that makes the same requests.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { cpuUs, median, output, report, spread, startTarget } from './lib.mjs';

const SERVICES = 1000;

/** A real runner, spoken to as the scheduler does: JSON lines over its standard input, both ways (core/message.h). */
async function startRunner(build, source) {
  // Node's own pipe for descriptor 0 is read by the child only: the duplex descriptor 4 becomes it.
  const child = spawn('sh', ['-c', 'exec "$0" 0<&4 4<&-', path.join(build, 'signalbox-runner')], { stdio: ['ignore', 'inherit', 'inherit', 'ignore', 'pipe'] });
  const pipe = child.stdio[4];
  const runner = { pid: child.pid, onLine: () => {} };
  let text = '';
  pipe.setEncoding('utf8').on('data', (d) => {
    text += d;
    const lines = text.split('\n');
    text = lines.pop();
    for (const line of lines) runner.onLine(line);
  });
  runner.send = (message) => pipe.write(`${JSON.stringify(message)}\n`);
  runner.stop = async () => {
    pipe.end();
    await once(child, 'exit');
  };
  const loaded = new Promise((resolve) => { runner.onLine = (line) => resolve(JSON.parse(line)); });
  runner.send({ op: 'load', file: 'bench.lua', version: '1', source, settings: {} });
  const { error } = await loaded;
  if (error) throw new Error(error);
  return runner;
}

/** Keeps `inFlight` runs going until `total` are done; microseconds of the runner's CPU time a run. */
async function measureRunner(runner, total, inFlight) {
  let sent = 0, done = 0, bad = 0;
  const before = cpuUs(runner.pid);
  const send = () => runner.send({ op: 'run', id: ++sent, file: 'bench.lua', service: `s${sent % SERVICES}`, timeout_ms: 10000, due_us: 1 });
  await new Promise((resolve) => {
    runner.onLine = (line) => {
      if (!line.includes('"status":"healthy"')) bad++;
      if (++done === total) resolve();
      else if (sent < total) send();
    };
    for (let i = 0; i < inFlight; i++) send();
  });
  if (bad) throw new Error(`${bad} of ${total} runs were not healthy`);
  return (cpuUs(runner.pid) - before) / total;
}

export default async function bench(build) {
  const target = await startTarget();
  const source = `for i = 0, ${SERVICES - 1} do
    service { name = "s" .. i, probe = function()
      local response = http.get("${target.url}/" .. i):expect(200)
      return { response_ms = response.ms }
    end, limits = { response_ms = { degraded = "> 5000" } } }
  end`;
  const runner = await startRunner(build, source);
  try {
    for (const inFlight of [50, 1000]) {
      const total = 20000, ours = [], fresh = [], reused = [];
      const bare = async (how) => {
        const { us, failed } = JSON.parse(await output([path.join(build, 'tests/bench-baseline'), String(total), String(inFlight), how, target.url]));
        if (failed) throw new Error(`${failed} of the bare loop's requests failed`);
        return us;
      };
      await measureRunner(runner, 2000, inFlight);
      for (let i = 0; i < 5; i++) {
        ours.push(await measureRunner(runner, total, inFlight));
        fresh.push(await bare('fresh'));
        reused.push(await bare('reused'));
      }
      const against = (list) => ours.map((us, i) => us / list[i]);
      report(`runner, ${SERVICES} services, ${inFlight} in flight: CPU a check / bare libcurl loop with a handle a request`,
        `${spread(against(fresh))} x   (${spread(ours, 0)} us / ${spread(fresh, 0)} us)`, 'at most 1.6 x', median(against(fresh)) <= 1.6);
      report('  the same / the leanest loop there is, the same few handles over and over', `${spread(against(reused))} x   (${spread(reused, 0)} us)`);
    }
  } finally {
    await runner.stop();
    await target.stop();
  }
}
