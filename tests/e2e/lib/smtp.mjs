// A mail server on loopback (aiosmtpd, tests/e2e/lib/smtpd.py) that keeps what it is sent.
import { mkdir, readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Program } from './program.mjs';
import { until } from './until.mjs';

const script = fileURLToPath(new URL('smtpd.py', import.meta.url));

export class MailServer {
  /**
   * @param {string} directory of its own, made here
   * @param {{certificate?: string, key?: string, implicit?: boolean, user?: string, password?: string}} how see smtpd.py
   */
  static async start(directory, how = {}) {
    const server = new MailServer();
    server.directory = directory;
    await mkdir(directory, { recursive: true });
    // Debian's Python, which has Debian's modules.
    server.program = new Program('smtpd', ['/usr/bin/python3', script, JSON.stringify({ directory, ...how })], {
      log: path.join(directory, 'smtpd.log'),
      last: 'SIGTERM',
    });
    server.port = await until('the mail server listens', () => {
      if (!server.program.isRunning) throw new Error(`it has ended:\n${server.program.words}`);
      return server.program.words.match(/^listening (\d+)$/m)?.[1];
    });
    return server;
  }

  get url() {
    return `smtp://127.0.0.1:${this.port}`;
  }

  /** What it has been sent: {from, to, tls, user, headers, parts: {type: text}, ...} by the left side of the Message-ID. */
  async mails() {
    const names = (await readdir(this.directory)).filter((name) => name.endsWith('.json'));
    const read = async (name) => [name.replace(/\.json$/, ''), JSON.parse(await readFile(path.join(this.directory, name), 'utf8'))];
    return Object.fromEntries(await Promise.all(names.map(read)));
  }

  async stop() {
    this.program.killed = true; // it has no end of its own
    await this.program.end('SIGTERM');
  }
}
