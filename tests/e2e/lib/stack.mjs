// A whole running Signalbox in a directory of its own: private Postgres, scheduler with runners, API, nginx, all on unix sockets.
// Nothing in it is replaced by something easier. stop() fails when any part ended badly or left a sanitizer's report.
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { lua } from './lua.mjs';
import { Postgres, makeDirectory } from './postgres.mjs';
import { freePort } from './ports.mjs';
import { Program, runProgram } from './program.mjs';
import { Target } from './target.mjs';
import { makeClock } from './wallclock.mjs';
import { until, within } from './until.mjs';

export { lua, until };

export const project = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');
const build = path.resolve(project, process.env.SIGNALBOX_BUILD ?? 'build/debug');
export const program = (name) => path.join(build, name);

/** The source of a check that the project ships. */
export const shipped = (file) => readFile(path.join(project, 'checks.d', file), 'utf8');

const SANITIZERS = { ASAN_OPTIONS: 'detect_leaks=1', UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1' };
const passwords = { admin: 'correct horse', viewer: 'battery staple' };

/** Hashing is slow on purpose: once for all stacks of this process. */
let users;
async function usersFile(directory) {
  const file = path.join(directory, 'users');
  if (!users) {
    // Elsewhere: what is done beside the journal is in this stack's audit trail.
    const place = await makeDirectory('users');
    const made = path.join(place, 'users');
    for (const [name, password] of Object.entries(passwords))
      await runProgram([program('signalbox'), 'user', 'add', name, '--role', name, '--users', made], { input: `${password}\n` });
    users = await readFile(made);
    await rm(place, { recursive: true });
  }
  await writeFile(file, users, { mode: 0o600 });
  return file;
}

class Stack {
  programs = {};
  everyProgram = [];

  // ---- starting ----

  async prepare({ checks, settings, postgres, answer, ownClock }) {
    this.directory = await makeDirectory('e2e');
    if (ownClock) this.clock = await makeClock(this.file('clock'));
    if (ownClock?.at) await this.clock.set(Math.round((ownClock.at - Date.now()) / 1000));
    for (const name of ['checks.d', 'run', 'nginx', 'secrets']) await mkdir(this.file(name));
    this.target = await Target.start(answer);
    this.postgres = await Postgres.start(this.file('pg'), postgres, ownClock?.at ? this.clock.env : {});
    const given = typeof checks === 'function' ? await checks(this) : checks;
    const values = typeof settings === 'function' ? await settings(this) : settings;
    for (const [name, source] of Object.entries(given ?? {})) await this.writeCheck(name, source);
    if (values) await this.writeCheck('settings.lua', `return ${lua(values)}`);
    await this.migrate();
    this.users = await usersFile(this.directory);
    await this.fillNginx();
  }

  file(...names) {
    return path.join(this.directory, ...names);
  }

  migrate(directory = path.join(project, 'migrations')) {
    return runProgram([program('signalbox'), 'migrate', '--database', this.postgres.url(), '--migrations', directory], { env: SANITIZERS });
  }

  async fillNginx() {
    const isTls = Object.keys(this.snippets).some((name) => name.includes('tls.'));
    const filled = {
      '@LISTEN@': `unix:${this.file('run/http.sock')}${this.port ? `; listen 127.0.0.1:${this.port}${isTls ? ' ssl http2' : ''}` : ''}`,
      '@STATE@': this.directory,
      '@PUBLIC@': path.join(project, 'public'),
      '@USER@': process.getuid() === 0 ? 'user root;' : '',
    };
    const template = await readFile(path.join(project, 'nginx/signalbox.conf.in'), 'utf8');
    await writeFile(
      this.file('nginx/nginx.conf'),
      this.conf(template.replace(/@[A-Z]+@/g, (word) => filled[word] ?? word)),
    );
    for (const [name, source] of Object.entries(this.snippets)) {
      const [, context] = name.match(/\.(http|server)\.conf$/);
      await mkdir(this.file('nginx', `${context}.d`), { recursive: true });
      await writeFile(this.file('nginx', `${context}.d`, name), source);
    }
  }

  commands() {
    const control = this.file('run/scheduler.sock');
    return {
      scheduler: [
        ...this.schedulerIn,
        program('signalbox-scheduler'),
        '--checks',
        this.file('checks.d'),
        '--journal',
        this.file('journal.sqlite'),
        '--control',
        control,
        '--database',
        this.databaseUrl ?? this.postgres.url(),
        '--runner',
        program('signalbox-runner'),
        '--runners',
        String(this.runners),
        '--secrets',
        this.file('secrets'),
      ],
      api: [
        program('signalbox-api'),
        '--listen',
        this.file('run/api.sock'),
        '--control',
        control,
        '--database',
        this.postgres.url('signalbox_api'),
        '--users',
        this.users,
        '--workers',
        '4',
        ...this.options,
      ],
      nginx: ['/usr/sbin/nginx', '-e', this.file('log/nginx.log'), '-p', this.file('nginx'), '-c', this.file('nginx/nginx.conf')],
    };
  }

  /** Starts one part and waits until it answers. */
  async start(part) {
    if (part === 'postgres') return this.postgres.start();
    const started = new Program(part, this.commands()[part], {
      log: this.file('log', `${part}.log`),
      env: { ...SANITIZERS, ...this.env, ...this.clock?.env },
    });
    this.programs[part] = started;
    this.everyProgram.push(started);
    const answers = {
      scheduler: () => this.control({ op: 'status' }),
      api: () =>
        connect(this.file('run/api.sock'))
          .then((socket) => socket.destroy())
          .then(() => true),
      nginx: async () => (await this.get('/health/live')).status === 200,
    };
    await until(`${part} answers`, () => {
      if (!started.isRunning) throw new Error(`${part} has ended:\n${started.words.slice(-2000)}`);
      return answers[part]();
    });
  }

  // ---- asking ----

  /** One request on the control socket; rejects when the connection ends without an answer. */
  async control(request) {
    const socket = await connect(this.file('run/scheduler.sock'));
    try {
      const answer = new Promise((resolve, reject) => {
        let text = '';
        socket.setEncoding('utf8');
        socket.on('data', (data) => {
          text += data;
          if (text.endsWith('\n')) resolve(JSON.parse(text));
        });
        socket.on('error', reject);
        socket.on('close', () => reject(new Error('the scheduler hung up')));
        socket.write(`${JSON.stringify(request)}\n`);
      });
      return await within(60, `an answer to ${JSON.stringify(request).slice(0, 200)}`, answer);
    } finally {
      socket.destroy();
    }
  }

  recheck(service) {
    return this.control({ op: 'recheck', service });
  }

  /** Everything that happened so far is in Postgres afterwards. */
  sync() {
    return this.control({ op: 'sync' });
  }

  reload() {
    return this.control({ op: 'reload' });
  }

  /** The scheduler knows what admins have configured in Postgres by now. */
  async configured() {
    const wanted = await this.postgres.rows('SELECT signalbox_config() AS config');
    await until('the configuration has arrived', async () => {
      const { config } = await this.control({ op: 'config' });
      return JSON.stringify(sorted(config)) === JSON.stringify(sorted(wanted[0].config));
    });
  }

  async service(name) {
    return (await this.control({ op: 'service', service: name })).service;
  }

  /** Through nginx. `as`: a user of this stack, [name, password], or nobody. `from`: this address of the loopback net, where there is a port. */
  get(route, { as, method = 'GET', headers = {}, body, from } = {}) {
    const [name, password] = typeof as === 'string' ? [as, passwords[as]] : (as ?? []);
    const authorization = name === undefined ? {} : { Authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}` };
    const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) }; // which node leaves out for DELETE
    const answer = new Promise((resolve, reject) => {
      const request = http.request(
        {
          ...(from ? { host: '127.0.0.1', port: this.port, localAddress: from } : { socketPath: this.file('run/http.sock') }),
          path: route,
          method,
          headers: { ...authorization, ...length, ...headers },
          agent: false,
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (data) => (text += data));
          response.on('error', reject);
          response.on('end', () =>
            resolve({
              status: response.statusCode,
              headers: response.headers,
              text,
              get json() {
                return JSON.parse(text);
              },
            }),
          );
        },
      );
      request.on('error', reject);
      request.end(body);
    });
    return within(60, `an answer to ${method} ${route}`, answer);
  }

  sql(query, options) {
    return this.postgres.rows(query, options);
  }

  /** Of one service, or of all: in the order in which they began. */
  windows(service) {
    const where = service ? `WHERE service_name = '${service}'` : '';
    return this.sql(
      `SELECT service_name, status, started_at, ended_at, duration_seconds FROM uptime_records ${where} ORDER BY service_name, started_at, id`,
    );
  }

  results(service) {
    return this.sql(`SELECT * FROM health_checks WHERE service_name = '${service}' ORDER BY checked_at, id`);
  }

  // ---- disturbing ----

  async writeCheck(name, source) {
    const file = this.file('checks.d', name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(`${file}.new`, source);
    await rename(`${file}.new`, file); // as editors do it: a reader finds the old one or the new one
  }

  async removeCheck(name) {
    await rm(this.file('checks.d', name));
  }

  async kill(part) {
    await this.programs[part].kill();
  }

  /** A signal for a part alone, such as SIGSTOP. */
  signal(part, signal) {
    process.kill(this.programs[part].pid, signal);
  }

  /** Ends a part as an operator does. */
  async end(part) {
    const result = await this.programs[part].end(part === 'nginx' ? 'SIGQUIT' : 'SIGTERM');
    return result;
  }

  async restart(part) {
    await this.end(part);
    await this.start(part);
  }

  /** Until every service of the catalogue has been run once since the scheduler's start. */
  async firstRuns() {
    await until('every service has been run', async () => {
      const { services } = await this.control({ op: 'overview' });
      return services.every((service) => service.checked_at || service.error_message);
    });
  }

  /** Ends all of it. Fails when a part ended badly; the directory then stays to be looked at. */
  async stop() {
    const complaints = [];
    try {
      for (const part of ['nginx', 'api', 'scheduler']) {
        const running = this.programs[part];
        if (!running?.isRunning) continue;
        process.kill(running.pid, 'SIGCONT');
        await this.end(part);
      }
      for (const ended of this.everyProgram) complaints.push(...(await ended.complaints()));
    } finally {
      await this.postgres?.stop('SIGINT').catch((error) => complaints.push(`Postgres: ${error.message}`));
      await this.target?.stop();
    }
    if (complaints.length) throw new Error(`${complaints.join('\n')}\nlogs: ${this.directory}/log`);
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** The same value with its keys in order. */
function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
}

function connect(socketPath) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(socketPath, () => resolve(socket));
    socket.once('error', reject);
  });
}

/**
 * Starts a stack for a test and ends it with it.
 * @param t the test's context
 * @param {object} options
 *   checks    {file: source} for checks.d, or a function of the stack that returns it (its target's address is known by then)
 *   settings  a value for settings.lua, or a function of the stack that returns it
 *   answer    what the target says, see target.mjs
 *   postgres  further settings of the server
 *   runners   how many (2)
 *   ownClock  true: a wall clock of its own, which the test sets: stack.clock.set(seconds); {at}: one that begins at that time (ms), for Postgres too
 *   parts     which parts to start (all)
 *   env       variables for its programs
 *   schedulerIn what stands before the scheduler's command (nsenter ...)
 *   tcp       true: nginx listens on a port of the loopback address too (stack.port)
 *   snippets  {'tls.server.conf': source}: what of nginx/ is added to its configuration
 *   conf      what becomes of its configuration, a function of the text
 *   options   further options of signalbox-api
 */
export async function startStack(
  t,
  {
    checks,
    settings,
    answer,
    postgres,
    ownClock,
    runners = 2,
    parts = ['scheduler', 'api', 'nginx'],
    env,
    schedulerIn = [],
    tcp = false,
    snippets = {},
    conf = (text) => text,
    options = [],
  } = {},
) {
  const stack = new Stack();
  stack.snippets = snippets;
  stack.options = options;
  stack.conf = conf;
  stack.runners = runners;
  stack.env = env;
  stack.schedulerIn = schedulerIn;
  if (tcp) stack.port = await freePort();
  t.after(() => stack.stop());
  await stack.prepare({ checks, settings, postgres, answer, ownClock });
  for (const part of parts) await stack.start(part);
  if (parts.includes('scheduler')) {
    await stack.reload();
    await stack.firstRuns();
  }
  return stack;
}
