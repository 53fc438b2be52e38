// What every measurement needs: processes, their CPU time and memory, and ratios with their spread.
import { spawn } from 'node:child_process';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Certificates } from '../e2e/lib/certificates.mjs';

/** CPU time that a process has used, microseconds (proc(5): utime and stime in ticks of 10 ms). */
export function cpuUs(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10000;
}

/** Proportional and resident memory, KiB. */
export function memory(pid) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const of = (name) => Number(text.match(new RegExp(`^${name}:\\s+(\\d+)`, 'm'))[1]);
  return { pss: of('Pss'), rss: of('Rss') };
}

export const childrenOf = (pid) =>
  readdirSync(`/proc/${pid}/task`).flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number));

export const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

/** "0.93 (0.88 .. 0.97)": median, least and most. */
export const spread = (list, digits = 2) =>
  `${median(list).toFixed(digits)} (${Math.min(...list).toFixed(digits)} .. ${Math.max(...list).toFixed(digits)})`;

export function report(what, measured, target, met) {
  console.log(`${met === undefined ? '      ' : met ? 'met   ' : 'MISSED'}  ${what}: ${measured}${target ? `   [${target}]` : ''}`);
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

export async function output(command) {
  const child = spawn(command[0], command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (d) => { text += d; });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}`);
  return text;
}

/** nginx that says "fine" on every path, from memory; also by TLS, as any host below bench.test. Resolves with { url, httpsUrl, ca, stop }. */
export async function startTarget() {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'signalbox-bench-'));
  const port = await freePort(), tlsPort = await freePort();
  const certificates = new Certificates(path.join(dir, 'certificates'));
  const { certificate, key } = certificates.make('server', { subject: '/CN=bench.test', names: ['DNS:*.bench.test', 'IP:127.0.0.1'] });
  writeFileSync(path.join(dir, 'nginx.conf'), `
    daemon off; worker_processes 1; pid ${dir}/pid; error_log ${dir}/error.log; worker_rlimit_nofile 20000; events { worker_connections 16000; }
    http { access_log off; client_body_temp_path ${dir}/b; proxy_temp_path ${dir}/p; fastcgi_temp_path ${dir}/f; uwsgi_temp_path ${dir}/u; scgi_temp_path ${dir}/s;
      keepalive_requests 100000000; keepalive_timeout 600s; ssl_certificate ${certificate}; ssl_certificate_key ${key};
      server { listen 127.0.0.1:${port} backlog=8192; listen 127.0.0.1:${tlsPort} ssl backlog=8192; location / { return 200 "fine"; } } }`);
  const child = spawn('/usr/sbin/nginx', ['-e', `${dir}/error.log`, '-p', dir, '-c', `${dir}/nginx.conf`], { stdio: 'inherit' });
  for (let open = false; !open;) {
    const socket = net.connect(port, '127.0.0.1');
    open = await new Promise((resolve) => socket.once('connect', () => resolve(true)).once('error', () => resolve(false)));
    socket.destroy();
  }
  return {
    port,
    tlsPort,
    url: `http://127.0.0.1:${port}`,
    ca: certificates.file('ca'),
    stop: async () => {
      child.kill('SIGQUIT');
      await once(child, 'exit');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** A name server on loopback: every name is 127.0.0.1, for a minute. Resolves with { address, stop }. */
export async function startNames() {
  const server = dgram.createSocket('udp4');
  server.on('message', (query, from) => {
    const end = query.indexOf(0, 12) + 1;
    const isA = query.readUInt16BE(end) === 1;
    const header = Buffer.from(query.subarray(0, 12));
    header.writeUInt16BE(0x8180, 2); // an answer without error, from one who recurses
    header.writeUInt16BE(isA ? 1 : 0, 6);
    header.fill(0, 8);
    const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
    server.send(Buffer.concat([header, query.subarray(12, end + 4), ...(isA ? [record] : [])]), from.port, from.address);
  });
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  return { address: `127.0.0.1:${server.address().port}`, stop: () => server.close() };
}

/** Takes connections and never says a word. Resolves with { port, held(), stop }. */
export async function startSilence() {
  const sockets = new Set();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  server.listen({ port: 0, host: '127.0.0.1', backlog: 8192 });
  await once(server, 'listening');
  return {
    port: server.address().port,
    held: () => sockets.size,
    stop: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
