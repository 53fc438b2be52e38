// An nginx of one's own as somebody else's web server, on loopback.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { freePort } from './ports.mjs';
import { Program } from './program.mjs';
import { until } from './until.mjs';

const conf = (directory, servers) => `
${process.getuid() === 0 ? 'user root;' : ''}
daemon off;
worker_processes 1;
pid ${directory}/nginx.pid;
events {}
http {
  access_log off;
  client_body_temp_path ${directory}/body;
  proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
${servers.join('\n')}
}
`;

export class Nginx {
  /**
   * @param {string} directory of its own, made here
   * @param {Record<string, string>} servers the inside of each server block, without `listen`, by a name; `ssl` is on where a certificate is set
   */
  static async start(directory, servers) {
    await mkdir(directory, { recursive: true });
    for (let tries = 5; ; tries--) {
      const nginx = new Nginx();
      nginx.ports = {};
      for (const name of Object.keys(servers)) nginx.ports[name] = await freePort();
      const blocks = Object.entries(servers).map(
        ([name, inside]) =>
          `  server {\n    listen 127.0.0.1:${nginx.ports[name]}${inside.includes('ssl_certificate ') ? ' ssl' : ''};\n${inside}\n  }`,
      );
      const file = path.join(directory, 'nginx.conf');
      const log = path.join(directory, `nginx-${tries}.log`);
      await writeFile(file, conf(directory, blocks));
      nginx.program = new Program('nginx', ['/usr/sbin/nginx', '-e', log, '-p', directory, '-c', file], { log, last: 'SIGTERM' });
      try {
        await until('nginx runs', async () => {
          if (!nginx.program.isRunning) throw Object.assign(new Error(`it has ended:\n${nginx.program.words}`), { ended: true });
          return Number(await readFile(path.join(directory, 'nginx.pid'), 'utf8')) === nginx.program.pid;
        });
        return nginx;
      } catch (error) {
        if (tries === 1) throw error; // somebody else may have been faster to a port
      }
    }
  }

  async stop() {
    await this.program.end('SIGTERM');
  }
}
