// A program under test: started with its output in a log file, ended by its pid, judged when it has ended.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { once } from 'node:events';

const SANITIZER = /ERROR: (Address|Leak)Sanitizer|runtime error:|SUMMARY: UndefinedBehaviorSanitizer/;

/** Those that run; whatever becomes of the test, nothing is left behind. */
const running = new Set();
process.on('exit', () => {
  for (const program of running) program.signal(program.last);
});
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(name, () => process.exit(1));

/** What the shell that runs the tests has set for an instance of its own is not for these. */
const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('SIGNALBOX_')));

/** To a process (or, negative, to a group) that may have ended. */
export function signalIfThere(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

export class Program {
  /**
   * @param {string} name for messages
   * @param {string[]} command program and arguments
   * @param {{log: string, env?: object, cwd?: string, last?: string}} how `last` is the signal that ends it at any rate
   */
  constructor(name, command, { log, env, cwd, last = 'SIGKILL' }) {
    Object.assign(this, { name, log, last, killed: false });
    const fd = openSync(log, 'a');
    // A group of its own: children are ended with it.
    this.child = spawn(command[0], command.slice(1), { stdio: ['ignore', fd, fd], detached: true, env: { ...inherited, ...env }, cwd });
    closeSync(fd);
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('exit', (code, signal) => {
        running.delete(this);
        resolve({ code, signal });
      });
    });
    this.ended.catch(() => {});
    running.add(this);
  }

  get pid() {
    return this.child.pid;
  }

  get isRunning() {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** To the program and its group; one that has ended is left alone. */
  signal(signal) {
    if (this.isRunning) signalIfThere(-this.pid, signal);
  }

  /** The program alone is killed, as a machine out of memory does it; it may be dead already. */
  async kill() {
    this.killed = true;
    if (this.isRunning) process.kill(this.pid, 'SIGKILL');
    await this.ended;
  }

  /** Asks it to end and waits; one that does not is killed, and that is an error. */
  async end(signal, seconds = 20) {
    if (this.isRunning) process.kill(this.pid, signal);
    const timer = setTimeout(() => {
      this.late = true;
      this.signal('SIGKILL');
    }, seconds * 1000);
    const result = await this.ended;
    clearTimeout(timer);
    return result;
  }

  get words() {
    return readFileSync(this.log, 'utf8');
  }

  /** What is wrong with how it ran: a list of sentences. */
  async complaints() {
    const { code, signal } = await this.ended;
    const list = [];
    if (this.late) list.push(`${this.name} did not end when it was asked to`);
    else if (!this.killed && code !== 0) list.push(`${this.name} ended with ${signal ?? `code ${code}`}:\n${this.words.slice(-3000)}`);
    if (SANITIZER.test(this.words))
      list.push(`${this.name} has a sanitizer's report:\n${this.words.slice(this.words.search(SANITIZER)).slice(0, 6000)}`);
    return list;
  }
}

/** A program that is run to its end: its output, or an error that holds what it said. It is killed after so many `seconds`, which is an error too. */
export async function runProgram(command, { input = '', env, cwd, seconds = 120 } = {}) {
  const child = spawn(command[0], command.slice(1), { stdio: 'pipe', env: { ...inherited, ...env }, cwd });
  const out = [];
  const err = [];
  child.stdout.on('data', (data) => out.push(data));
  child.stderr.on('data', (data) => err.push(data));
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  let late = '';
  const timer = setTimeout(() => {
    late = ` (by this test, after ${seconds} s)`;
    child.kill('SIGKILL');
  }, seconds * 1000);
  const [code, signal] = await once(child, 'close').finally(() => clearTimeout(timer));
  const result = { code, signal, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() };
  if (code !== 0) throw Object.assign(new Error(`${command[0]} ended with ${signal ?? code}${late}: ${result.stderr || result.stdout}`), result);
  return result;
}
