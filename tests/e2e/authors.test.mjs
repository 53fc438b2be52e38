// The tools for people who write checks: what they find wrong, what they run, what they make of the past.
import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { makeDirectory } from './lib/postgres.mjs';
import { runProgram } from './lib/program.mjs';
import { program, project, startStack, until } from './lib/stack.mjs';

const signalbox = program('signalbox');

/** { code, stdout, stderr } whatever the exit code. */
const say = (args, options) => runProgram([signalbox, ...args], options).catch((error) => error);

/** A folder of checks that goes with the test. */
async function folder(t, files) {
  const directory = await makeDirectory('checks');
  t.after(() => rm(directory, { recursive: true, force: true }));
  for (const [name, source] of Object.entries(files)) await writeFile(path.join(directory, name), source);
  return directory;
}

test('signalbox check names every fault with its file, and says nothing against what is shipped', async (t) => {
  const clean = await say(['check', path.join(project, 'checks.d')], { env: { SIGNALBOX_STATE: '/tmp' } });
  assert.equal(clean.code ?? 0, 0, clean.stdout);
  assert.match(clean.stdout, /\n[1-9]\d* files, 0 faults/);

  const directory = await folder(t, {
    'syntax.lua': 'service {\n  name = = "x"\n}',
    'key.lua': 'service { name = "key", timout = "5s", probe = function() end }',
    'limit.lua': 'service { name = "limit", probe = function() end, limits = { v = { down = "95" } } }',
    'twice.lua': 'service { name = "one", probe = function() end }',
    'again.lua': 'service { name = "one", probe = function() end }',
    'parent.lua': 'service { name = "child", depends_on = "nobody", probe = function() end }',
    'circle.lua': `service { name = "a", depends_on = "b", probe = function() end }
service { name = "b", depends_on = "a", probe = function() end }`,
    'route.lua': 'service { name = "uptime", probe = function() end }',
    'settings.lua': 'return { retention = { raw = "1h" } }',
    'global.lua': '\n\nhelper = 1\nservice { name = "global", probe = function() end }',
    'unused.lua': 'local function probe()\nend\nlocal n = 1\nservice { name = "unused", probe = function() end }',
    'both.lua': 'service { name = "both", probe = function() end, limits = { v = { down = "> 1" } }, judge = function() end }',
    'preflight.lua': 'preflight { name = "first", services = { "nobody" } }\nchannel { name = "first", send = function() end }',
    'channel.lua': 'channel { name = "first", send = function() end }',
    'stuck.lua': 'for n = 1, math.huge do end',
    'example.lua': `service { name = "example", probe = function() end, limits = { v = { down = "> 5" } },
      examples = { { { v = 9 }, "down" }, { { v = 1 }, "down" }, { {}, "no-data" }, { 7 } } }`,
  });
  await mkdir(path.join(directory, 'channels'));
  await writeFile(path.join(directory, 'channels/sms.lua'), 'local number = settings.number\nchannel { name = "sms", send = function() end }');
  const faulty = await say(['check', directory]);
  assert.equal(faulty.code, 1);
  const lines = faulty.stdout.split('\n').map((line) => line.replaceAll(`${directory}/`, ''));
  for (const line of [
    "syntax.lua:2: unexpected symbol near '='",
    'channels/sms.lua:1: the variable number is never used; use it, take it away, or call it _number',
    'key.lua:1: service key: unknown key "timout"',
    'limit.lua:1: service limit: limits: v: down = "95" is not understood; write a comparison such as "> 85", "<= 0.5" or "~= \'ok\'"',
    'twice.lua:1: service one is already declared by again.lua:1; give one of them another name',
    'parent.lua:1: service child depends on nobody, which no file declares (with these settings)',
    'circle.lua:1: service a depends on itself: a -> b -> a; break the circle',
    'circle.lua:2: service b depends on itself: b -> a -> b; break the circle',
    'route.lua:1: "uptime" cannot be a service\'s name: /admin/health/uptime is a route of the API',
    'settings.lua: retention: raw: at least "1d", for a day is what is dropped at a time',
    'global.lua:3: helper is a global variable; write `local helper`',
    'unused.lua:1: the function probe is never used; use it, take it away, or call it _probe',
    'unused.lua:3: the variable n is never used; use it, take it away, or call it _n',
    'both.lua:1: service both: nobody reads its limits, since judge decides; take one of the two away',
    'preflight.lua:1: preflight first needs nobody, which no file declares (with these settings)',
    'preflight.lua:2: channel first is already declared by channel.lua:1; give one of them another name',
    'stuck.lua: reading the file took more than 250 ms of CPU',
    'example.lua:1: service example: example 2 is judged healthy, not down; mend the example or what judges it',
    'example.lua:1: service example: example 4: write { { used_pct = 97 }, "down" }',
    'channel.lua: 0 services, 1 channel',
    'circle.lua: 2 services',
    '16 files, 19 faults',
  ])
    assert.ok(lines.includes(line), `"${line}" in:\n${lines.join('\n')}`);
  assert.equal(lines.filter((line) => line).length, 19 + 4 + 1, 'nothing else but the sum, and four files that have nothing wrong in themselves');
});

test('signalbox run does one run and its exit status says what came of it', async (t) => {
  const directory = await folder(t, {
    'settings.lua': 'return { v = 7 }',
    'run.lua': `
      local function make(name, limits) service { name = name, probe = function() return { v = settings.v, zeit = "jetzt" } end, limits = limits } end
      make("healthy", {}) make("degraded", { v = { degraded = "> 5" } }) make("down", { v = { down = "> 5" } })
      service { name = "bug", probe = function() return { v = settings.v.v.v } end }`,
  });
  const file = path.join(directory, 'run.lua');
  for (const [name, code] of [['healthy', 0], ['degraded', 1], ['down', 2], ['bug', 3]]) assert.equal((await say(['run', file, name])).code ?? 0, code, name);
  assert.equal((await say(['run', file])).code, 3, 'the worst of all');
  assert.match((await say(['run', file, 'down'])).stdout, /^down: down: v 7 > 5\n {2}latency +\d+ ms\n/);
  assert.match((await say(['run', file, 'down'])).stdout, /^ {2}v +7 +down > 5 {3}<- decided$/m);
  const { measures, decided_by: decided } = JSON.parse((await say(['run', file, 'down', '--json'])).stdout);
  assert.deepEqual([measures, decided], [{ v: 7, zeit: 'jetzt' }, { measure: 'v', status: 'down', limit: '> 5' }]);
  assert.match((await say(['run', file, 'nobody'])).stderr, /declares no service "nobody"/);
  const traced = await folder(t, { 't.lua': 'service { name = "t", probe = function() fs.exists "/" proc.run { "true" } end }' });
  assert.match((await say(['run', path.join(traced, 't.lua'), '--trace'])).stdout, /ms {2}fs\.exists \/\n.*ms {2}proc\.run true\n/);
});

test('signalbox run --diagnose runs the function of that name, or the probe with the time of each call; preflights can be run too', async (t) => {
  const directory = await folder(t, {
    'd.lua': `service { name = "with", probe = function() end, diagnose = function() return { disk = { "sda", "sdb" }, free = fs.exists "/" } end }
      service { name = "without", probe = function() fs.exists "/" end }
      preflight { name = "first", run = function() assert(fs.exists "/nowhere", "there is no /nowhere") end }
      preflight { name = "second", run = function() http.get "http://127.0.0.1:1/" end }
      preflight { name = "third", services = { "with" } }
      preflight { name = "fourth", run = function(own) return own.schema:match "^%d+$" and down "no room" end }
      preflight { name = "fifth", run = function() return pending "34 %" end }`,
    'hangs.lua': 'service { name = "hangs", probe = function() return { x = ("a"):rep(3000):find((".-"):rep(10) .. "b") } end }',
  });
  const file = path.join(directory, 'd.lua');
  const { stdout, code } = await say(['run', file, 'with', '--diagnose']);
  assert.equal(code ?? 0, 0);
  assert.match(stdout, /^with: healthy\n {2}latency +\d+ ms\n\{\n {2}"disk": \[\n {4}"sda",\n {4}"sdb"\n {2}\],\n {2}"free": true\n\}\n +[\d.]+ ms {2}fs\.exists \/\n$/);
  const { answer, what } = JSON.parse((await say(['run', file, 'with', '--diagnose', '--json'])).stdout);
  assert.deepEqual([what, answer], ['diagnose', { disk: ['sda', 'sdb'], free: true }]);
  assert.match((await say(['run', file, 'without', '--diagnose'])).stdout, /^without declares no diagnose; this is its probe.*\nwithout: healthy\n[^]*fs\.exists \/\n$/);
  const first = await say(['run', file, 'first']);
  assert.match(first.stdout, /^first: no data: d\.lua:3: there is no \/nowhere\n/);
  assert.equal((await say(['run', file, 'second'])).code, 2);
  const fourth = await say(['run', file, 'fourth']);
  assert.deepEqual([fourth.code, fourth.stdout.split('\n')[0]], [2, 'fourth: down: no room']);
  assert.match((await say(['run', file, 'fifth'])).stdout, /^fifth: no data: 34 %\n/);
  assert.match((await say(['run', file, 'third'])).stderr, /declares no service "third" that could be run/);
  const stuck = await say(['run', path.join(directory, 'hangs.lua')]);
  assert.equal(stuck.code, 86);
  assert.match(stuck.stderr, /event=script_stuck file=hangs\.lua service=hangs/);
});

test('signalbox new writes files that work, and never over one that is there', async (t) => {
  const directory = await folder(t, {});
  const make = (...args) => say(['new', ...args.slice(0, 1), '--checks', directory, ...args.slice(1)]);
  await make('web', '--http', 'http://127.0.0.1:1/a"b\\c');
  await make('port', '--tcp', '127.0.0.1:1');
  await make('plugin', '--nagios', 'sh', '-c', 'echo "DISK WARNING - 12% left|free=12"; exit 1');
  const checked = await say(['check', directory]);
  assert.match(checked.stdout, /3 files, 0 faults/);
  assert.match((await say(['run', path.join(directory, 'port.lua')])).stdout, /port: down: .*connection refused/i);
  assert.match((await say(['run', path.join(directory, 'plugin.lua')])).stdout, /plugin: degraded: DISK WARNING - 12% left\n/);
  const before = await readFile(path.join(directory, 'web.lua'), 'utf8');
  const again = await make('web', '--tcp', '127.0.0.1:1');
  assert.equal(again.code, 1);
  assert.match(again.stderr, /is there already; it is left as it is/);
  assert.equal(await readFile(path.join(directory, 'web.lua'), 'utf8'), before);
  assert.equal((await make('Bad Name', '--tcp', '127.0.0.1:1')).code, 1);
  assert.equal((await make('nothing')).code, 2);
});

test('signalbox backtest judges what is stored by other limits, and shows both', async (t) => {
  const check = (limit) => `service { name = "load", every = "1h", retry_every = "1h", fall = 1,
    probe = function() return http.get(settings.url):expect(200):json() end, limits = { load = { degraded = "> ${limit}" } } }`;
  let load = 1;
  const stack = await startStack(t, { checks: { 'load.lua': check(50) }, settings: ({ target }) => ({ url: target.url }), answer: () => ({ load }) });
  for (load of [1, 20, 1, 60, 1]) await stack.recheck('load');
  await stack.sync();
  await until('all of it is stored', async () => (await stack.control({ op: 'status' })).journal.entries === 0);
  const directory = await folder(t, { 'stricter.lua': check(10) });
  const { stdout } = await runProgram([signalbox, 'backtest', path.join(directory, 'stricter.lua'), '--database', stack.postgres.url(), '--since', '1d']);
  const [real, would] = stdout.split(' with this file\n').map((part) => [...part.matchAll(/^ {2}(healthy|degraded|down)/gm)].map((m) => m[1]));
  assert.deepEqual(real, ['healthy', 'degraded', 'healthy']);
  assert.deepEqual(would, ['healthy', 'degraded', 'healthy', 'degraded', 'healthy'], 'the 20 would have been too much');
  assert.match(stdout, /6 stored results/);
  assert.match(stdout, /2 changes of status\n[^]*4 changes of status\n/);
});

test('signalbox backtest tells which alerts the limits would have made, after the delay of the service, and when it would have flapped', async (t) => {
  const stack = await startStack(t, { parts: [] });
  // Six hours, a result every 30 seconds: three minutes too much, later twenty, and at the end up and down every minute for half an hour.
  await stack.postgres.exec(`
    INSERT INTO health_checks (service_name, status, details_json, checked_at)
    SELECT 'load', 'healthy', json_build_object('load', CASE WHEN n BETWEEN 100 AND 105 OR n BETWEEN 200 AND 239 THEN 60
        WHEN n BETWEEN 500 AND 559 AND n / 2 % 2 = 0 THEN 60 ELSE 1 END),
      date_trunc('day', now()) - interval '1 day' + n * interval '30 seconds' FROM generate_series(0, 719) n`);
  const directory = await folder(t, {
    'load.lua': `service { name = "load", every = "30s", timeout = "5s", fall = 1, flap = { changes = 8, within = "20m" },
      probe = function() end, limits = { load = { degraded = "> 50" } } }`,
  });
  const backtest = async (...more) =>
    (await runProgram([signalbox, 'backtest', path.join(directory, 'load.lua'), '--database', stack.postgres.url(), '--since', '3d', ...more])).stdout;
  const alerts = (text) =>
    [...text.split(' with this file\n')[1].matchAll(/^ {2}alert {5}\S+T(\S+)Z {2}(.*)$/gm)].map((m) => `${m[1]} ${m[2]}`);

  const byDefault = await backtest();
  assert.match(byDefault, /^load: 720 stored results\n what happened\n {2}nothing is known\n {2}alerts: 0 in the ledger\n with this file\n/);
  assert.deepEqual(alerts(byDefault).slice(0, 2), ['01:45:00 raised degraded', '02:00:00 recovered healthy'], 'three minutes are not told of, twenty are after five');
  // The eighth change is at 4:17: one matter, that began at 4:16 and is told of once; it ends when but four changes lie within twenty minutes.
  assert.deepEqual(alerts(byDefault).slice(2), ['04:21:00 raised degraded', '04:55:00 recovered healthy']);
  assert.match(byDefault, /alerts: \d+ on the page, 4 outside it \(after 5m\); it flapped 1 time\n/);

  assert.deepEqual(alerts(await backtest('--delay', '1m')).slice(0, 4), [
    '00:51:00 raised degraded', '00:53:00 recovered healthy', '01:41:00 raised degraded', '02:00:00 recovered healthy',
  ]);
  await stack.postgres.exec(`INSERT INTO health_alert_configs (service_name, escalation_delay_seconds) VALUES ('load', 900)`);
  assert.deepEqual(alerts(await backtest()).slice(0, 2), ['01:55:00 raised degraded', '02:00:00 recovered healthy'], 'its own row counts');
  await stack.postgres.exec(`UPDATE health_alert_configs SET enabled = false`);
  assert.match(await backtest(), /0 outside it \(after 15m; they are switched off\)/);
});
