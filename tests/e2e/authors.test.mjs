// The tools for people who write checks: what they find wrong, what they run, what they make of the past.
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
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
  assert.match(clean.stdout, /6 files, 0 faults/);

  const directory = await folder(t, {
    'syntax.lua': 'service {\n  name = = "x"\n}',
    'key.lua': 'service { name = "key", timout = "5s", probe = function() end }',
    'limit.lua': 'service { name = "limit", probe = function() end, limits = { v = { down = "95" } } }',
    'twice.lua': 'service { name = "one", probe = function() end }',
    'again.lua': 'service { name = "one", probe = function() end }',
    'parent.lua': 'service { name = "child", depends_on = "nobody", probe = function() end }',
    'route.lua': 'service { name = "uptime", probe = function() end }',
    'settings.lua': 'return { retention = { raw = "1h" } }',
    'global.lua': 'helper = 1\nservice { name = "global", probe = function() end }',
    'example.lua': `service { name = "example", probe = function() end, limits = { v = { down = "> 5" } },
      examples = { { { v = 9 }, "down" }, { { v = 1 }, "down" }, { {}, "no-data" }, { 7 } } }`,
  });
  const faulty = await say(['check', directory]);
  assert.equal(faulty.code, 1);
  for (const sentence of [
    /syntax\.lua: syntax\.lua:2: unexpected symbol/,
    /key\.lua:1: service key: unknown key "timout"/,
    /limit\.lua:1: .*is not understood/,
    /service one is already declared by .*again\.lua/,
    /parent\.lua: service child depends on nobody, which no file declares/,
    /route\.lua:1: .*is a route of the API/,
    /settings\.lua: retention: raw: at least "1d"/,
    /global\.lua: helper is a global variable; write `local helper`/,
    /example\.lua: service example: example 2 is judged healthy, not down/,
    /example\.lua: service example: example 4: write/,
  ]) assert.match(faulty.stdout, sentence);
  assert.doesNotMatch(faulty.stdout, /example [13] is/);
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
  assert.deepEqual(JSON.parse((await say(['run', file, 'down', '--json'])).stdout).measures, { v: 7, zeit: 'jetzt' });
  assert.match((await say(['run', file, 'nobody'])).stderr, /declares no service "nobody"/);
  const traced = await folder(t, { 't.lua': 'service { name = "t", probe = function() fs.exists "/" proc.run { "true" } end }' });
  assert.match((await say(['run', path.join(traced, 't.lua'), '--trace'])).stdout, /ms {2}fs\.exists \/\n.*ms {2}proc\.run true\n/);
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
