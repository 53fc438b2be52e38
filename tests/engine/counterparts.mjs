// Real servers on loopback for the engine's cases: HTTP and HTTPS with every kind of answer, a WebSocket, a line server, mail servers, a port where
// nobody is; and servers that lie, stall and babble (liars.mjs).
// Prints SIGNALBOX_TEST_... lines, then "ready", and ends when its standard input does.
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { Certificates } from '../e2e/lib/certificates.mjs';
import { NameServer } from '../e2e/lib/dns.mjs';
import { Grpc } from '../e2e/lib/grpc.mjs';
import { Nats } from '../e2e/lib/nats.mjs';
import { Nginx } from '../e2e/lib/nginx.mjs';
import { Redis } from '../e2e/lib/redis.mjs';
import { MailServer } from '../e2e/lib/smtp.mjs';
import { datagramLiars, liars } from './liars.mjs';

const dir = mkdtempSync(path.join(os.tmpdir(), 'signalbox-engine-'));
const say = (name, value) => console.log(`SIGNALBOX_TEST_${name}=${value}`);

async function listen(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server.address().port;
}

let httpPort;
const routes = {
  '/ok': (_q, r) => r.end('fine'),
  '/bad': (_q, r) => r.writeHead(502).end('no'),
  '/json': (_q, r) => r.end('{"system": {"version": "1.2"}, "list": [1, 2, 3], "nothing": null}'),
  '/not-json': (_q, r) => r.end('{"system": '),
  '/never': () => {},
  '/loop': (_q, r) => r.writeHead(302, { location: '/loop' }).end(),
  '/once': (_q, r) => r.writeHead(301, { location: '/ok' }).end(),
  '/see-other': (_q, r) => r.writeHead(303, { location: '/echo' }).end(),
  // Another name for this machine is another origin.
  '/elsewhere': (_q, r) => r.writeHead(307, { location: `http://localhost:${httpPort}/echo` }).end(),
  '/drip': (q, r) => {
    const timer = setInterval(() => r.write('.'), 50);
    q.on('close', () => clearInterval(timer));
  },
  '/huge': (q, r) => {
    const block = Buffer.alloc(1 << 16, 'x');
    const more = () => { while (!r.destroyed && r.write(block)); };
    r.on('drain', more);
    more();
  },
  // Announced as what it is, and sent as fast as it is taken.
  '/gigabyte': (q, r) => {
    r.writeHead(200, { 'content-length': 2 ** 30 });
    routes['/huge'](q, r);
  },
  '/bomb': (_q, r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(64 << 20))),
  '/headers': (_q, r) => {
    const { socket } = r;
    socket.on('error', () => {});
    socket.write('HTTP/1.1 200 OK\r\n');
    const more = () => { while (!socket.destroyed && socket.write(`X-Header: ${'x'.repeat(1000)}\r\n`)); };
    socket.on('drain', more);
    more();
  },
  '/cut': (_q, r) => { r.writeHead(200, { 'content-length': 1000 }); r.write('half'); setImmediate(() => r.destroy()); },
  // A page of samples only for whoever asks for the format by its name.
  '/samples': (q, r) => r.end(q.headers.accept === 'text/plain;version=0.0.4' ? `mine ${q.headers['x-mine']}\n` : 'which format?'),
  '/echo': (q, r) => {
    const body = [];
    q.on('data', (d) => body.push(d)).on('end', () =>
      r.end(JSON.stringify({ method: q.method, headers: q.headers, body: Buffer.concat(body).toString() })));
  },
};
const answer = (q, r) => {
  const hops = q.url.match(/^\/redirects\/(\d+)$/);
  if (hops) return r.writeHead(302, { location: hops[1] === '0' ? '/ok' : `/redirects/${hops[1] - 1}` }).end();
  return route(q, r);
};
const route = (q, r) => (routes[new URL(q.url, 'http://x').pathname] ?? ((_q, s) => s.writeHead(404).end()))(q, r);
const server = http.createServer(answer);

// RFC 6455, as much of it as a check meets: a first message, pong for ping, close for close.
server.on('upgrade', (q, socket) => {
  socket.on('error', () => {});
  if (q.url === '/ws-refused') return socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
  if (q.url === '/ws-plain') return socket.end('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine');
  const accept = createHash('sha1').update(`${q.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  const frame = (opcode, data) => socket.write(Buffer.concat([Buffer.from([0x80 | opcode, data.length]), data]));
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${q.url === '/ws-wrong' ? 'x' : accept}\r\n\r\n`);
  if (q.url === '/ws-closing') return frame(8, Buffer.from([0x03, 0xf3, ...Buffer.from('going away')]));
  if (q.url !== '/ws-silent') frame(1, Buffer.from(JSON.stringify({ type: 'status', origin: q.headers.origin ?? null })));
  let pending = Buffer.alloc(0);
  socket.on('data', (d) => {
    pending = Buffer.concat([pending, d]);
    while (pending.length >= 6 && pending.length >= 6 + (pending[1] & 0x7f)) {
      const length = pending[1] & 0x7f, mask = pending.subarray(2, 6);
      const data = Buffer.from(pending.subarray(6, 6 + length).map((b, i) => b ^ mask[i % 4]));
      const opcode = pending[0] & 0x0f;
      pending = pending.subarray(6 + length);
      if (opcode === 9 && q.url !== '/ws-deaf') frame(10, data);
      if (opcode === 1) frame(1, data);
      if (opcode === 8) socket.end();
    }
  });
});

const cert = path.join(dir, 'cert.pem'), key = path.join(dir, 'key.pem');
execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=localhost',
  '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'], { stdio: 'ignore' });
const secure = https.createServer({ key: readFileSync(key), cert: readFileSync(cert) }, answer);

const lines = net.createServer((socket) => {
  socket.on('error', () => {});
  socket.write('220 ready\r\n');
  socket.on('data', (d) => (d.toString().startsWith('quit') ? socket.end('bye') : socket.write(`you said ${d}`)));
});
const drip = net.createServer((socket) => {
  const timer = setInterval(() => socket.write('.'), 50);
  socket.on('error', () => {}).on('close', () => clearInterval(timer));
});
const closed = net.createServer();

httpPort = await listen(server);
say('HTTP', `http://127.0.0.1:${httpPort}`);
say('HTTP_NAMED', `http://localhost:${httpPort}`);
say('WS', `ws://127.0.0.1:${httpPort}`);
const securePort = await listen(secure);
say('HTTPS', `https://127.0.0.1:${securePort}`);
say('HTTPS_PORT', securePort);
say('CA', cert);
say('LINES', await listen(lines));
const unix = path.join(dir, 'http.sock');
http.createServer(answer).listen(unix);
say('UNIX', unix);
// A real exporter, on a port that was free a moment ago. Mounts that hang (other tests make some) are not its business here.
const free = net.createServer();
const exporterPort = await listen(free);
free.close();
await once(free, 'close');
const exporter = spawn('prometheus-node-exporter', ['--no-collector.filesystem', `--web.listen-address=127.0.0.1:${exporterPort}`], { stdio: 'ignore' });
const answers = (url) => new Promise((resolve) => http.get(url, (r) => resolve(r.resume())).on('error', () => resolve(null)));
while (exporter.exitCode === null && !(await answers(`http://127.0.0.1:${exporterPort}/`))) await new Promise((resolve) => setTimeout(resolve, 20));
say('NODE_EXPORTER', `http://127.0.0.1:${exporterPort}/metrics`);
say('DRIP', await listen(drip));
say('CLOSED', await listen(closed));
closed.close();
await once(closed, 'close');
for (const [name, body] of [
  ['NVIDIA_SMI', 'echo "0, NVIDIA A100-SXM4-40GB, 87, 10240, 40960, 61, 250.11"\necho "1, Tesla T4, 0, 3, 15360, 40, [N/A]"'],
  ['NVIDIA_SMI_RESET', 'test "$*" = "--gpu-reset --id=1" && echo "GPU 00000000:01:00.0 was successfully reset." && exit 0\necho "Unable to reset: $*"\nexit 3'],
  ['NVIDIA_SMI_BROKEN', 'echo "NVIDIA-SMI has failed because it couldn\'t communicate with the NVIDIA driver."\nexit 9'],
]) {
  writeFileSync(path.join(dir, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  say(name, path.join(dir, name));
}
for (const [name, lie] of Object.entries(liars)) say(name, await listen(net.createServer(lie)));
for (const [name, lie] of Object.entries(datagramLiars)) {
  const socket = dgram.createSocket('udp4', (message, from) => lie(message, (answer) => socket.send(answer, from.port, from.address)));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  say(name, `127.0.0.1:${socket.address().port}`);
}

const certificates = new Certificates(path.join(dir, 'certificates'));
say('TEST_CA', certificates.file('ca'));
const localhost = certificates.make('localhost', { by: 'intermediate' });
const account = { user: 'signalbox', password: 'correct horse' };
const client = certificates.make('client', { subject: '/CN=signalbox' });
const lonely = certificates.make('lonely', { by: 'intermediate' });
writeFileSync(lonely.certificate, readFileSync(lonely.certificate, 'utf8').replace(/(-END CERTIFICATE-----\n)[^]*/, '$1'));
writeFileSync(path.join(dir, 'htpasswd'), `${account.user}:{PLAIN}${account.password}\n`);
const tls = ({ certificate, key }, more = '') => `ssl_certificate ${certificate};\nssl_certificate_key ${key};\n${more}\nlocation / { return 200 fine; }`;
const sites = {
  NGINX: tls(
    localhost,
    `ssl_protocols TLSv1.2 TLSv1.3;
     location /ws { proxy_pass http://127.0.0.1:${httpPort}; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; }
     location /basic { auth_basic signalbox; auth_basic_user_file ${dir}/htpasswd; try_files /nothing @fine; }
     location @fine { return 200 fine; }
     location /bearer { return 200 $http_authorization; }`,
  ),
  NGINX_CLIENT: tls(
    localhost,
    `ssl_client_certificate ${certificates.file('ca')}; ssl_verify_client on;
     location /who { return 200 $ssl_client_s_dn; }
     location /away { return 302 https://127.0.0.1:$server_port/who; }
     location /here { return 302 https://localhost:$server_port/who; }`,
  ),
  TLS_EXPIRED: tls(certificates.make('expired', { days: -1 })),
  TLS_SOON: tls(certificates.make('soon', { days: 5 }), 'ssl_protocols TLSv1.2;'),
  TLS_ITSELF: tls(certificates.make('itself', { by: 'itself' })),
  TLS_OTHER: tls(certificates.make('other', { subject: '/O=Größe/CN=other.example', names: ['DNS:other.example', 'DNS:*.other.example', 'IP:::1'] })),
  TLS_LONELY: tls(lonely),
};
say('CLIENT_CERT', client.certificate);
say('CLIENT_KEY', client.key);
const [grpc, grpcTls, grpcBare, names, natsOpen, natsUsers, natsToken, natsTls, nginx, redis, redisTls, mail, mailTls, mailPlain] = await Promise.all([
  Grpc.start(path.join(dir, 'grpc'), { services: { '': 1, 'render.v1.Renderer': 1, [`s${'x'.repeat(126)}`]: 2, odd: 3 } }),
  Grpc.start(path.join(dir, 'grpc-tls'), { services: { '': 1 }, ...localhost }),
  Grpc.start(path.join(dir, 'grpc-bare'), {}),
  NameServer.start(path.join(dir, 'dns'), [
    'host-record=a.test,192.0.2.1,2001:db8::1,300',
    'host-record=many.test,192.0.2.2',
    'host-record=many.test,192.0.2.3',
    'cname=alias.test,a.test',
    'mx-host=test,mail2.test,20',
    'mx-host=test,mail1.test,10',
    'srv-host=_sip._tcp.test,sip.test,5060,10,20',
    'txt-record=test,v=spf1 -all',
    'txt-record=parts.test,one and ,two',
    'ptr-record=1.2.0.192.in-addr.arpa,a.test',
    // Together more than a datagram: they come over TCP.
    ...Array.from({ length: 12 }, (_, n) => `txt-record=large.test,${String(n).padStart(2, '0').repeat(120)}`),
  ]),
  Nats.start(path.join(dir, 'nats'), 'max_payload: 100000'),
  Nats.start(
    path.join(dir, 'nats-users'),
    `authorization { users: [{ user: ${account.user}, password: "${account.password}", permissions: { publish: "open.>", subscribe: "open.>" } }] }`,
  ),
  Nats.start(path.join(dir, 'nats-token'), `authorization { token: "${account.password}" }`),
  Nats.start(path.join(dir, 'nats-tls'), `tls { cert_file: "${localhost.certificate}", key_file: "${localhost.key}" }`),
  Nginx.start(path.join(dir, 'nginx'), sites),
  Redis.start(path.join(dir, 'redis'), { requirepass: account.password, maxmemory: '100mb', unixsocketperm: 777 }),
  Redis.start(path.join(dir, 'redis-tls'), { ...localhost, ca: certificates.file('ca') }),
  MailServer.start(path.join(dir, 'mail'), { ...localhost, ...account }),
  MailServer.start(path.join(dir, 'mail-tls'), { ...localhost, implicit: true }),
  MailServer.start(path.join(dir, 'mail-plain')),
]);
for (const [name, port] of Object.entries(nginx.ports)) say(name, port);
say('GRPC', `http://127.0.0.1:${grpc.port}`);
say('GRPC_TLS', `https://localhost:${grpcTls.port}`);
say('GRPC_BARE', `http://127.0.0.1:${grpcBare.port}`);
say('NATS', natsOpen.url);
say('NATS_USERS', natsUsers.url);
say('NATS_TOKEN', natsToken.url);
say('NATS_TLS', natsTls.url);
say('DNS', names.address);
say('REDIS', redis.url);
say('REDIS_SOCKET', redis.socket);
say('REDISS', redisTls.url);
say('SMTP', mail.url);
say('SMTP_MAILS', mail.directory);
say('SMTPS', mailTls.url.replace('smtp:', 'smtps:'));
say('SMTP_PLAIN', mailPlain.url);
say('DIR', dir);
console.log('ready');

process.stdin.resume().on('end', () => {
  exporter.kill();
  rmSync(dir, { recursive: true, force: true });
  process.exit(0);
});
