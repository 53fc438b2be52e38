// A name server of one's own (dnsmasq) on loopback, which knows what it is told about the domain "test" and asks nobody else.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { startOnPort } from './ports.mjs';
import { Program } from './program.mjs';
import { until } from './until.mjs';

export class NameServer {
  /**
   * @param {string} directory of its own, made here
   * @param {string[]} settings of dnsmasq, "host-record=a.test,192.0.2.1"
   */
  static async start(directory, settings) {
    await mkdir(directory, { recursive: true });
    return startOnPort(async (port) => {
      const server = new NameServer();
      server.address = `127.0.0.1:${port}`;
      const own = ['no-daemon', 'no-resolv', 'no-hosts', 'bind-interfaces', 'conf-file=/dev/null', 'pid-file', 'local=/test/', 'local=/in-addr.arpa/'];
      if (process.getuid() === 0) own.push('user=root');
      const words = [...own, 'listen-address=127.0.0.1', `port=${port}`, ...settings].map((setting) => `--${setting}`);
      server.program = new Program('dnsmasq', ['/usr/sbin/dnsmasq', ...words], { log: path.join(directory, `dnsmasq-${port}.log`), last: 'SIGTERM' });
      await until('dnsmasq has started', () => {
        if (!server.program.isRunning) throw new Error(`it has ended:\n${server.program.words}`);
        return server.program.words.includes('started, version');
      });
      return server;
    });
  }

  async stop() {
    await this.program.end('SIGTERM');
  }
}
