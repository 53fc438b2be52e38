// What Prometheus is told, told to a real Prometheus; the rules that are shipped, loaded by it; badges.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { Program, runProgram } from './lib/program.mjs';
import { project, shipped, startStack, until } from './lib/stack.mjs';

const rules = path.join(project, 'public/static/monitoring/signalbox-rules.yml');

/** Prometheus scrapes addresses, the stack listens on a socket: in between. */
async function bridge(t, socketPath) {
  const server = net.createServer((client) => {
    const there = net.connect(socketPath);
    for (const one of [client, there]) one.on('error', () => [client, there].forEach((both) => both.destroy()));
    client.pipe(there).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return server.address().port;
}

function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

const getJson = (url) =>
  new Promise((resolve, reject) =>
    http
      .get(url, (response) => {
        let text = '';
        response.on('data', (data) => (text += data));
        response.on('end', () => {
          try {
            resolve(JSON.parse(text));
          } catch (error) {
            reject(error); // not ready yet
          }
        });
      })
      .on('error', reject),
  );

/** The value of a line of OpenMetrics, undefined where there is none. */
function valueOf(text, name) {
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}

test('runs that began late and due times that were passed over are counted', async (t) => {
  const stack = await startStack(t, {
    checks: ({ target }) => ({
      'two.lua': `service { name = "beat", every = "200ms", probe = function() end }
                  service { name = "stuck", every = "200ms", timeout = "60s", probe = function() http.get("${target.url}") end }`,
    }),
  });
  const number = async (name) => valueOf((await stack.get('/metrics')).text, name);
  const cardOf = async (service) => (await stack.control({ op: 'service', service })).service;
  const finished = async () => (await stack.control({ op: 'status' })).runs.finished;

  await t.test('passed over: each while the run before was still going, for its service and in all', async () => {
    stack.target.hold();
    await until('one hangs', () => stack.target.held.length > 0);
    const before = [(await cardOf('stuck')).skipped, await finished()];
    await until('the other one has run some times', async () => (await finished()) >= before[1] + 10);
    stack.target.release();
    await until('they are counted', async () => (await cardOf('stuck')).skipped >= before[0] + 8);
    const [stuck, beat] = [await cardOf('stuck'), await cardOf('beat')];
    // Between the two questions a run of a busy machine may have been passed over.
    const all = await number('signalbox_checks_skipped_total');
    assert.ok(all >= stuck.skipped + beat.skipped, `${all} of ${stuck.skipped} and ${beat.skipped}`);
    assert.ok(all <= (await cardOf('stuck')).skipped + (await cardOf('beat')).skipped, 'and no others');
  });

  await t.test('late: they were due for more than a second', async () => {
    const before = await number('signalbox_checks_late_total');
    const from = performance.now();
    stack.signal('scheduler', 'SIGSTOP');
    await until('it has stood still for more than a second', () => performance.now() - from > 1500);
    stack.signal('scheduler', 'SIGCONT');
    await until('both have begun late', async () => (await number('signalbox_checks_late_total')) >= before + 2);
    assert.ok((await number('signalbox_check_lateness_p99_seconds')) > 0);
  });
});

test('metrics: a real Prometheus takes them, and the shipped rules', async (t) => {
  const stack = await startStack(t, {
    checks: {
      'channels/webhook.lua': await shipped('channels/webhook.lua'),
      'gate.lua': 'preflight { name = "always", run = function() end }',
      'two.lua': `service { name = "well", every = "1s", public = true, probe = function() return { latency_ms = 40 } end }
                  service { name = "ill", every = "1s", fall = 1, probe = function() tcp.connect("127.0.0.1", 1) end }
                  service { name = "unknown", every = "1h", probe = function() nothing() end }`,
    },
  });
  await until('two runs have ended', async () => (await stack.control({ op: 'status' })).runs.finished > 4);

  await t.test('each service has exactly one status, and its latencies in buckets', async () => {
    const { status, headers, text } = await stack.get('/metrics');
    assert.equal(status, 200);
    assert.match(headers['content-type'], /^application\/openmetrics-text/);
    const of = (service) => [...text.matchAll(new RegExp(`signalbox_service_status{service="${service}",status="(\\w+)"} 1`, 'g'))].map(([, word]) => word);
    assert.deepEqual([of('well'), of('ill'), of('unknown')], [['healthy'], ['down'], ['no_data']]);
    const bucket = (le) => Number(text.match(new RegExp(`_bucket{service="well",le="${le}"} (\\d+)`))[1]);
    assert.equal(bucket('0.025'), 0);
    assert.ok(bucket('0.050') >= 1 && bucket('0.050') === bucket('\\+Inf'));
    assert.match(text, /\n# EOF\n$/);
  });

  await t.test('what is counted moves: runs by what came of them, uptime, journal, outbox, runners, the gate, the build', async () => {
    const number = async (name) => valueOf((await stack.get('/metrics')).text, name);
    const grows = async (name, cause) => {
      const before = await number(name);
      assert.ok(before >= 0, `${name} is there`);
      await cause?.();
      await until(`${name} grows`, async () => (await number(name)) > before);
    };
    for (const name of ['signalbox_checks_total', 'signalbox_service_checks_total{service="well",status="healthy"}', 'signalbox_service_checks_total{service="ill",status="down"}'])
      await grows(name);
    await grows('signalbox_service_checks_total{service="unknown",status="no_data"}', () => stack.recheck('unknown'));
    await grows('signalbox_checks_no_data_total', () => stack.recheck('unknown'));
    await until('the uptimes are known', async () => (await number('signalbox_service_uptime_ratio{service="well",range="7d"}')) === 1);
    assert.equal(await number('signalbox_service_uptime_ratio{service="ill",range="30d"}'), 0);
    assert.equal(await number('signalbox_service_uptime_ratio{service="unknown",range="7d"}'), undefined, 'what is not known has no number');
    assert.match((await stack.get('/metrics')).text, /^signalbox_build_info\{version="[\d.]+"\} 1$/m);

    await until('the gate is open', async () => (await number('signalbox_ready')) === 1);
    await stack.writeCheck('more.lua', 'preflight { name = "never", grace = "0s", run = function() error("no") end }');
    await until('and shut', async () => (await number('signalbox_ready')) === 0);
    await stack.removeCheck('more.lua');

    await grows('signalbox_runner_restarts_total', async () => {
      const { runners } = await stack.control({ op: 'status' });
      process.kill(runners[0].pid, 'SIGKILL');
    });
    assert.equal(await number('signalbox_store_connected'), 1);
    await stack.postgres.stop('SIGQUIT');
    await until('Postgres is missed', async () => (await number('signalbox_store_connected')) === 0);
    await grows('signalbox_journal_entries');
    await until('what it alone knows is left out', async () => (await number('signalbox_service_uptime_ratio{service="well",range="7d"}')) === undefined);
    await stack.postgres.start();
    await until('it is back, and has everything', async () => (await number('signalbox_store_connected')) === 1 && (await number('signalbox_journal_entries')) < 3);
  });

  await t.test('a message that is not delivered is in the outbox', async () => {
    const outbox = async () => Number((await stack.get('/metrics')).text.match(/^signalbox_outbox_messages (\d+)$/m)[1]);
    assert.equal(await outbox(), 0);
    await stack.postgres.exec(`INSERT INTO health_alert_configs (service_name, escalation_delay_seconds, webhook_url) VALUES ('ill', 0, 'http://127.0.0.1:1/')`);
    await stack.configured(); // at once, though Postgres was away for a moment
    await until('it waits there', async () => (await outbox()) > 0);
  });

  await t.test('Prometheus scrapes them without a complaint and evaluates the rules', async () => {
    assert.match((await runProgram(['promtool', 'check', 'rules', rules])).stdout, /SUCCESS: 6 rules found/);
    const directory = await mkdtemp(path.join(os.tmpdir(), 'signalbox-prometheus-'));
    t.after(() => rm(directory, { recursive: true, force: true }));
    const [target, port] = [await bridge(t, stack.file('run/http.sock')), await freePort()];
    await writeFile(
      `${directory}/prometheus.yml`,
      `global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [${rules}]
scrape_configs: [{ job_name: signalbox, static_configs: [{ targets: ["127.0.0.1:${target}"] }] }]\n`,
    );
    const prometheus = new Program(
      'prometheus',
      ['prometheus', `--config.file=${directory}/prometheus.yml`, `--storage.tsdb.path=${directory}/data`, `--web.listen-address=127.0.0.1:${port}`],
      { log: `${directory}/log`, last: 'SIGTERM' },
    );
    try {
      const api = (what) => getJson(`http://127.0.0.1:${port}/api/v1/${what}`);
      await until('Prometheus is ready', async () => (await api('targets')).data);
      const [scraped] = await until('it has scraped', async () => {
        const { activeTargets } = (await api('targets')).data;
        return activeTargets[0].health !== 'unknown' && activeTargets;
      });
      assert.deepEqual([scraped.health, scraped.lastError], ['up', '']);
      const down = await until('it knows who is down', async () => {
        const { result } = (await api(`query?query=${encodeURIComponent('signalbox_service_status{status="down"} == 1')}`)).data;
        return result.length && result;
      });
      assert.deepEqual(down.map(({ metric }) => metric.service), ['ill']);
      await until('the rule for it is pending', async () => (await api('alerts')).data.alerts.some(({ labels }) => labels.alertname === 'ServiceDown'));
      const board = JSON.parse(await readFile(path.join(project, 'public/static/monitoring/signalbox-grafana.json'), 'utf8'));
      for (const panel of board.panels)
        for (const { expr } of panel.targets) assert.equal((await api(`query?query=${encodeURIComponent(expr)}`)).status, 'success', panel.title);
    } finally {
      await prometheus.end('SIGTERM');
    }
  });

  await t.test('a badge for what is public, and for nothing else', async () => {
    const { status, headers, text } = await stack.get('/health/badge/well.svg');
    assert.deepEqual([status, headers['content-type']], [200, 'image/svg+xml']);
    assert.match(text, /aria-label="well: healthy"/);
    assert.equal((await stack.get('/health/badge/ill.svg')).status, 404);
    assert.equal((await stack.get('/health/badge/well')).status, 404);
    assert.equal((await stack.get('/health/badge/x')).status, 404);
  });

  await t.test('without a scheduler that is what they say', async () => {
    await stack.kill('scheduler');
    assert.match((await stack.get('/metrics')).text, /^signalbox_up 0$/m);
  });
});
