// A Postgres of one's own: a cluster copied from one that was made once for this version of Postgres, reached over a unix socket only.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { appendFile, chmod, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Program, runProgram, signalIfThere } from './program.mjs';
import { until } from './until.mjs';

const versions = readdirSync('/usr/lib/postgresql').sort((a, b) => a - b);
const version = versions[versions.length - 1];
const bin = (name) => `/usr/lib/postgresql/${version}/bin/${name}`;

// Postgres refuses to run as root.
const isRoot = process.getuid() === 0;
const asOwner = (...command) => (isRoot ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups', '--', ...command] : command);

const ROLES = `CREATE ROLE signalbox LOGIN;

CREATE ROLE signalbox_api LOGIN;

CREATE DATABASE signalbox OWNER signalbox;

`;

/** A cluster with the roles and the database of Signalbox, made by the first test that needs one and kept for the later ones. */
async function template() {
  const place = path.join(os.tmpdir(), `signalbox-tests-${process.getuid()}-pg${version}-1`);
  if (existsSync(place)) return place;
  const making = await mkdtemp(`${place}.`);
  if (isRoot) await runProgram(['chown', 'postgres:', making]);
  const cwd = '/';
  await runProgram(
    asOwner(bin('initdb'), '-D', `${making}/data`, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--wal-segsize=1'),
    { cwd },
  );
  await runProgram(asOwner(bin('postgres'), '--single', '-j', '-D', `${making}/data`, 'postgres'), { input: ROLES, cwd });
  try {
    await rename(making, place);
  } catch (error) {
    if (!existsSync(place)) throw error; // another test was faster
    await rm(making, { recursive: true, force: true });
  }
  return place;
}

export class Postgres {
  /** @param {string} directory is made; everything of this server is in it. @param {object} env further variables of the server */
  static async start(directory, settings = {}, env = {}) {
    const postgres = new Postgres();
    postgres.directory = directory;
    postgres.env = env;
    await runProgram(['cp', '-a', await template(), directory]);
    const conf = {
      listen_addresses: '',
      unix_socket_directories: directory,
      fsync: 'off',
      shared_buffers: '16MB',
      log_min_messages: 'fatal',
      ...settings,
    };
    await appendFile(
      `${directory}/data/postgresql.conf`,
      Object.entries(conf)
        .map(([key, value]) => `${key} = '${value}'\n`)
        .join(''),
    );
    await postgres.start();
    return postgres;
  }

  /** A copy that follows another one and takes no writes. */
  static async standbyOf(primary, directory) {
    const standby = new Postgres();
    standby.directory = directory;
    await mkdir(directory);
    if (isRoot) await runProgram(['chown', 'postgres:', directory]);
    await runProgram(
      asOwner(bin('pg_basebackup'), '-d', primary.url('postgres', 'postgres'), '-D', `${directory}/data`, '-R', '-c', 'fast'),
      { cwd: '/' },
    );
    await runProgram(asOwner('sh', '-c', `echo "unix_socket_directories = '${directory}'" >>'${directory}/data/postgresql.conf'`), {
      cwd: '/',
    });
    await standby.start();
    return standby;
  }

  url(user = 'signalbox', database = 'signalbox') {
    return `host=${this.directory} user=${user} dbname=${database}`;
  }

  async start() {
    // Set for the owner's process alone: what libfaketime shares belongs to whoever starts with it.
    const env = Object.entries(this.env ?? {}).map(([name, value]) => `${name}=${value}`);
    this.program = new Program('postgres', asOwner('env', ...env, bin('postgres'), '-D', `${this.directory}/data`), {
      log: `${this.directory}/../log/postgres.log`,
      cwd: '/',
      last: 'SIGQUIT',
    });
    // A server that has just begun may take a connection and forget it.
    await until('Postgres answers', () => this.exec('SELECT 1', { seconds: 5 }), 60);
  }

  async stop(signal = 'SIGINT') {
    this.resume();
    const { code } = await this.program.end(signal);
    return code;
  }

  /** All its processes stand still, as on a machine whose disk hangs: whoever is connected stays connected and hears nothing. */
  async freeze() {
    const { pid } = this.program;
    this.frozen = [];
    this.pause(pid);
    // The list is whole only when the one that starts processes stands still.
    await until('Postgres starts no more processes', async () => / T /.test(await readFile(`/proc/${pid}/stat`, 'utf8')));
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
    for (const child of children.trim().split(' ').filter(Boolean)) this.pause(Number(child));
  }

  pause(pid) {
    this.frozen.push(pid);
    signalIfThere(pid, 'SIGSTOP');
  }

  resume() {
    for (const pid of this.frozen ?? []) signalIfThere(pid, 'SIGCONT');
    this.frozen = null;
  }

  /** Runs statements as they are, within so many `seconds`. */
  async exec(sql, { user = 'signalbox', database = 'signalbox', seconds = 60 } = {}) {
    const { stdout } = await runProgram(['psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', this.url(user, database), '-f', '-'], {
      input: sql,
      seconds,
    });
    return stdout.trim();
  }

  /** Listens on a channel; `payloads()` are those that have come. */
  async listen(channel, { user = 'signalbox', database = 'signalbox' } = {}) {
    const child = spawn('psql', ['-XAtq', '-d', this.url(user, database)], { stdio: ['pipe', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (data) => (text += data));
    child.stdin.on('error', () => {}).write(`LISTEN ${channel};\n\\echo listens\n`);
    await until('psql listens', () => text.includes('listens'));
    return {
      /** psql tells of them after each statement. */
      payloads() {
        child.stdin.write('SELECT;\n');
        return [...text.matchAll(/with payload "(.*)" received/g)].map((match) => match[1]);
      },
      async close() {
        child.stdin.end();
        await once(child, 'close');
      },
    };
  }

  /** A session of its own that has run these statements and stays; resolves with what ends it. */
  async hold(sql, { user = 'signalbox', database = 'signalbox' } = {}) {
    const psql = spawn('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', this.url(user, database)], { stdio: ['pipe', 'pipe', 'inherit'] });
    psql.stdin.write(`${sql};\n\\echo holds\n`);
    const [word] = await Promise.race([once(psql.stdout, 'data'), once(psql, 'exit')]);
    if (!String(word).startsWith('holds')) throw new Error(`${sql}: psql ended with ${word}`);
    return async () => {
      psql.stdin.end();
      await once(psql, 'exit');
    };
  }

  /** The rows of a query, as objects. */
  async rows(query, options) {
    return JSON.parse(await this.exec(`SELECT coalesce(json_agg(t), '[]') FROM (${query}) AS t`, options));
  }
}

/** A directory that the owner of Postgres may walk through. */
export async function makeDirectory(name) {
  const directory = await mkdtemp(path.join(os.tmpdir(), `signalbox-${name}-`));
  await chmod(directory, 0o711);
  await mkdir(path.join(directory, 'log'));
  if (isRoot) await chmod(path.join(directory, 'log'), 0o755);
  return directory;
}
