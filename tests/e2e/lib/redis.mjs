// A Redis of one's own, on loopback and a unix socket.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { startOnPort } from './ports.mjs';
import { Program } from './program.mjs';
import { until } from './until.mjs';

export class Redis {
  /**
   * @param {string} directory of its own, made here
   * @param {object} how certificate, key and ca (TLS; clients have to show a certificate of that authority), and settings of redis-server
   */
  static async start(directory, { certificate, key, ca, ...settings } = {}) {
    await mkdir(directory, { recursive: true });
    return startOnPort(async (port) => {
      const redis = new Redis();
      Object.assign(redis, { directory, port, socket: path.join(directory, 'redis.sock'), scheme: ca ? 'rediss' : 'redis' });
      const tls = { port: 0, 'tls-port': port, 'tls-cert-file': certificate, 'tls-key-file': key, 'tls-ca-cert-file': ca };
      const all = { bind: '127.0.0.1', dir: directory, save: '', ...(ca ? tls : { port }), unixsocket: redis.socket, ...settings };
      const words = Object.entries(all).flatMap(([name, value]) => [`--${name}`, String(value)]);
      const log = path.join(directory, `redis-${port}.log`);
      redis.program = new Program('redis-server', ['redis-server', ...words], { log, last: 'SIGTERM' });
      await until('Redis takes connections', () => {
        if (!redis.program.isRunning) throw new Error(`it has ended:\n${redis.program.words}`);
        return redis.program.words.includes('The server is now ready to accept connections at');
      });
      return redis;
    });
  }

  get url() {
    return `${this.scheme}://127.0.0.1:${this.port}`;
  }

  /** It stands still: connections are taken by the system, and nobody answers. */
  freeze() {
    process.kill(this.program.pid, 'SIGSTOP');
  }

  resume() {
    if (this.program.isRunning) process.kill(this.program.pid, 'SIGCONT');
  }

  async stop() {
    this.resume();
    await this.program.end('SIGTERM');
  }
}
