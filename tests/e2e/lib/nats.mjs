// A NATS server of one's own, on loopback.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Program } from './program.mjs';
import { until } from './until.mjs';

export class Nats {
  /**
   * @param {string} directory of its own, made here
   * @param {string} conf of nats-server, beside its address
   */
  static async start(directory, conf = '') {
    await mkdir(directory, { recursive: true });
    const nats = new Nats();
    Object.assign(nats, { directory, port: -1, conf });
    await nats.begin();
    return nats;
  }

  /** Again after stop(), on the same port. */
  async begin() {
    const file = path.join(this.directory, 'nats.conf');
    const log = path.join(this.directory, `nats-${Date.now()}.log`);
    await writeFile(file, `host: 127.0.0.1\nport: ${this.port}\nserver_name: test\n${this.conf}\n`);
    this.program = new Program('nats-server', ['nats-server', '-c', file], { log, last: 'SIGTERM' });
    await until('NATS takes connections', () => {
      if (!this.program.isRunning) throw new Error(`it has ended:\n${this.program.words}`);
      this.port = Number(this.program.words.match(/Listening for client connections on 127\.0\.0\.1:(\d+)/)?.[1] ?? this.port);
      return this.program.words.includes('Server is ready');
    });
  }

  get url() {
    return `nats://127.0.0.1:${this.port}`;
  }

  async stop() {
    await this.program.end('SIGTERM');
  }
}
