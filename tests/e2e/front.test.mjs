// nginx in front: its configuration as shipped, TLS, client certificates, single sign-on, limits, slow clients.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import test from 'node:test';
import tls from 'node:tls';
import { Certificates } from './lib/certificates.mjs';
import { directives, scanConf } from './lib/nginxconf.mjs';
import { makeDirectory } from './lib/postgres.mjs';
import { runProgram } from './lib/program.mjs';
import { project, startStack, until } from './lib/stack.mjs';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const checks = { 'a.lua': 'service { name = "a", every = "24h", public = true, probe = function() end }' };
const shipped = (name) => readFile(path.join(project, 'nginx', name), 'utf8');

const HEADERS = {
  'content-security-policy': /^default-src 'none'; (?!.*unsafe).*frame-ancestors 'none'$/,
  'x-content-type-options': /^nosniff$/,
  'x-frame-options': /^DENY$/,
  'referrer-policy': /^no-referrer$/,
  'cross-origin-opener-policy': /^same-origin$/,
};

test('the configuration and each shipped file of it hold no known danger, and the scan would find one', async () => {
  for (const name of await readdir(path.join(project, 'nginx'))) {
    const text = await shipped(name);
    assert.deepEqual(scanConf(name, text), [], name);
  }
  const main = await shipped('signalbox.conf.in');
  assert.deepEqual(directives(main, 'fastcgi_pass_request_headers').map((one) => one.args), [['off']]);
  assert.ok(directives(main, 'fastcgi_param').length >= 10 && !directives(main, 'fastcgi_param').some((one) => one.args[0].startsWith('SIGNALBOX_')));
  for (const [rule, text] of Object.entries({
    add_header_redefinition: 'location / { add_header A b; }',
    http_splitting: 'location / { return 302 https://x$uri; }',
    ssrf: 'location / { proxy_pass http://$http_x; }',
    alias_traversal: 'location /a { alias /b/; }',
    host_spoofing: 'location / { proxy_set_header Host $http_host; }',
    weak_tls: 'ssl_protocols TLSv1 TLSv1.2;',
    internal: 'location = /nginx-x { return 200; }',
  }))
    assert.match(scanConf('x.server.conf', text).join(), new RegExp(`: ${rule}: `), text);
});

/** What nginx answers to these very bytes. */
async function exchange(place, bytes) {
  const socket = net.connect(place, () => socket.write(bytes));
  const pieces = [];
  socket.on('data', (data) => pieces.push(data));
  await once(socket, 'close');
  return Buffer.concat(pieces).toString();
}

test('whatever is answered carries the headers that protect the page', async (t) => {
  const stack = await startStack(t, { checks });
  const asset = (await stack.get('/')).text.match(/\/assets\/[\w.-]+\.js/)[0];
  for (const [route, status, how] of [
    ['/', 200],
    ['/service/a', 200],
    [asset, 200],
    ['/assets/none.js', 404],
    ['/', 405, { method: 'POST', body: '' }],
    ['/', 405, { method: 'DELETE' }],
    ['/health', 200],
    ['/health/live', 200],
    ['/admin/health', 401],
    ['/admin/health', 200, { as: 'admin' }],
    ['/admin/health/%00', 400, { as: 'admin' }],
    [`/admin/${'x'.repeat(9000)}`, 414],
    [`/${'x'.repeat(9000)}`, 414],
    ['/admin/session', 413, { method: 'POST', headers: JSON_TYPE, body: 'x'.repeat(70_000) }],
    ['/nginx-stream', 404],
    ['/nginx-error/method', 404],
    ['/admin/health', 400, { headers: { 'X-Large': 'x'.repeat(9000) } }],
    ['/admin', 404],
    ['/health', 413, { method: 'POST', body: 'x'.repeat(70_000) }],
    ['/health/live', 413, { method: 'POST', body: 'x'.repeat(70_000) }],
    ['/metrics', 413, { method: 'POST', body: 'x'.repeat(70_000) }],
    ['/index.html', 412, { headers: { 'If-Match': '"another"' } }],
    ['/index.html', 200, { headers: { Range: 'bytes=99999999-' } }],
    ['/admin/session', 405, { method: 'TRACE' }],
  ]) {
    const answer = await stack.get(route, how);
    const what = `${how?.method ?? 'GET'} ${route.slice(0, 40)}`;
    assert.equal(answer.status, status, what);
    for (const [name, pattern] of Object.entries(HEADERS)) assert.match(answer.headers[name] ?? '', pattern, `${what}: ${name}`);
    assert.equal(answer.headers.server, 'nginx');
    assert.equal(answer.headers['strict-transport-security'], undefined, 'not over plain HTTP');
    if (status >= 400) {
      assert.equal(answer.headers['content-type'], 'application/problem+json', what);
      assert.equal(answer.json.status, status, what);
      assert.doesNotMatch(answer.headers['cache-control'] ?? '', /max-age|public/, `${what}: a refusal is not kept`);
    }
    assert.equal(answer.headers.allow, status === 405 ? (how.method === 'TRACE' ? 'OPTIONS' : 'GET, HEAD') : undefined, what);
  }
  assert.equal((await stack.get('/metrics')).headers['cache-control'], 'no-store', 'said once');
  for (const [lines, status] of [
    [['GET / HTTP/3.9'], 505],
    [['POST /admin/session HTTP/1.1', 'Transfer-Encoding: gzip'], 501],
    [['POST /admin/session HTTP/1.1', 'Transfer-Encoding: chunked', 'Content-Length: 5'], 400],
    [['GET /admin/health HTTP/1.1', 'Authorization: Basic eDp4', 'Authorization: Basic eDp5'], 400],
    [['GET /admin/health HTTP/1.1', 'Authorization : Basic eDp4'], 400],
    [['GET /admin/health HTTP/1.1', 'Host: b'], 400],
    [['CONNECT a:1 HTTP/1.1'], 400],
    [['OPTIONS * HTTP/1.1'], 400],
  ]) {
    const answer = await exchange(stack.file('run/http.sock'), `${[lines[0], 'Host: a', 'Connection: close', ...lines.slice(1)].join('\r\n')}\r\n\r\n`);
    assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `), lines.join());
    assert.match(answer, /\r\nContent-Type: application\/problem\+json\r\n/, lines.join());
    assert.equal(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))).status, status, lines.join());
  }
  const page = (await stack.get('/')).text;
  assert.doesNotMatch(page, /<script(?![^>]*\bsrc=)|<style|\son\w+=|style=/, 'nothing inline, which the policy would not let run');
});

/** One request over TLS: {status, headers, text, json}. */
function ask(stack, route, { method = 'GET', headers = {}, body, client = {} } = {}) {
  return new Promise((resolve, reject) => {
    const request = https.request(
      { host: '127.0.0.1', port: stack.port, servername: 'localhost', path: route, method, headers, agent: false, ...client },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (data) => (text += data));
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text, json: text.startsWith('{') ? JSON.parse(text) : null }));
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

/** The version of TLS that a client gets which speaks these; or the error's code. */
function tlsVersion(stack, minVersion, maxVersion) {
  return new Promise((resolve) => {
    const socket = tls.connect({ host: '127.0.0.1', port: stack.port, rejectUnauthorized: false, minVersion, maxVersion, ciphers: 'DEFAULT@SECLEVEL=0' }, () => {
      resolve(socket.getProtocol());
      socket.destroy();
    });
    socket.on('error', (error) => resolve(error.code));
  });
}

async function certificates(t) {
  const directory = await makeDirectory('tls');
  t.after(() => runProgram(['rm', '-rf', directory]));
  const made = new Certificates(directory);
  made.make('server');
  const { readFileSync } = await import('node:fs');
  return { made, ca: readFileSync(made.file('ca')), show: (name) => ({ cert: readFileSync(made.file(name)), key: readFileSync(made.key(name)) }) };
}

const withPaths = (text, made) =>
  text
    .replace('/etc/signalbox/tls/cert.pem', made.file('server'))
    .replace('/etc/signalbox/tls/key.pem', made.key('server'))
    .replace('/etc/signalbox/tls/clients-ca.pem', made.file('ca'));

test('TLS: 1.2 and 1.3 and nothing older; browsers are told to stay; the cookie is bound to it', async (t) => {
  const { made, ca } = await certificates(t);
  const stack = await startStack(t, { checks, tcp: true, snippets: { 'tls.server.conf': withPaths(await shipped('tls.server.conf'), made) } });
  assert.equal(await tlsVersion(stack, 'TLSv1.3', 'TLSv1.3'), 'TLSv1.3');
  assert.equal(await tlsVersion(stack, 'TLSv1.2', 'TLSv1.2'), 'TLSv1.2');
  assert.match(await tlsVersion(stack, 'TLSv1', 'TLSv1.1'), /ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION|ECONNRESET/);

  const client = { ca };
  const page = await ask(stack, '/', { client });
  assert.match(page.headers['strict-transport-security'], /^max-age=31536000$/);
  const login = await ask(stack, '/admin/session', {
    client,
    method: 'POST',
    headers: { ...JSON_TYPE, Host: 'localhost', Origin: 'https://localhost', 'Sec-Fetch-Site': 'same-origin' },
    body: JSON.stringify({ name: 'admin', password: 'correct horse' }),
  });
  assert.equal(login.status, 200, login.text);
  const [cookie] = login.headers['set-cookie'];
  assert.match(cookie, /^__Host-signalbox=v1-[^;]+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict; Secure$/);
  const value = cookie.split(';')[0];
  assert.equal((await ask(stack, '/admin/health', { client, headers: { Cookie: value } })).status, 200);
  assert.equal((await ask(stack, '/admin/health', { client, headers: { Cookie: value.replace('__Host-', '') } })).status, 401);
});

test('client certificates: name and role come from the certificate, and from nothing that a client can write', async (t) => {
  const { made, ca, show } = await certificates(t);
  made.make('ada', { subject: '/O=Example/OU=signalbox-admin/CN=ada' });
  made.make('vi', { subject: '/CN=vi/OU=signalbox-viewer' });
  made.make('roleless', { subject: '/CN=eve/OU=marketing' });
  made.make('comma', { subject: '/CN=eve,OU=signalbox-admin/OU=marketing' });
  made.make('backslash', { subject: '/CN=eve\\\\,OU=signalbox-admin' });
  made.make('longer', { subject: '/CN=eve/OU=signalbox-admin-not' });
  made.make('self', { subject: '/OU=signalbox-admin/CN=mallory', by: 'itself' });
  const stack = await startStack(t, {
    checks,
    tcp: true,
    options: ['--users-by-nginx'],
    snippets: {
      'tls.server.conf': withPaths(await shipped('tls.server.conf'), made),
      'mtls.http.conf': await shipped('mtls.http.conf'),
      'mtls.server.conf': withPaths(await shipped('mtls.server.conf'), made),
    },
  });
  const whoIs = (name, headers = {}) => ask(stack, '/admin/session', { client: { ca, ...(name ? show(name) : {}) }, headers });
  assert.deepEqual((await whoIs('ada')).json, { user: 'ada', role: 'admin', via: 'proxy', expires_at: null });
  assert.deepEqual((await whoIs('vi')).json, { user: 'vi', role: 'viewer', via: 'proxy', expires_at: null });
  assert.equal((await whoIs('roleless')).status, 403);
  for (const name of ['comma', 'backslash', 'longer']) assert.ok([401, 403].includes((await whoIs(name)).status), name);
  assert.equal((await whoIs('self')).status, 400, 'signed by nobody we trust');
  assert.equal((await whoIs(null)).status, 401);
  for (const headers of [
    { SIGNALBOX_USER: 'ada', SIGNALBOX_ROLE: 'admin' },
    { 'Signalbox-User': 'ada', 'Signalbox-Role': 'admin' },
    { 'X-SSL-Client-S-DN': 'CN=ada,OU=signalbox-admin' },
  ])
    assert.equal((await whoIs(null, headers)).status, 401, JSON.stringify(headers));
  assert.equal((await whoIs('vi', { SIGNALBOX_ROLE: 'admin' })).json.role, 'viewer');
  const basic = { Authorization: `Basic ${Buffer.from('admin:correct horse').toString('base64')}` };
  assert.equal((await whoIs(null, basic)).json.via, 'basic', 'who shows no certificate logs in as before');
});

/** What oauth2-proxy answers on /oauth2/auth: 202 with who it is, 401 without its cookie. */
async function startSso(t) {
  const people = { ada: 'staff,signalbox-admin', vi: 'signalbox-viewer', eve: 'staff,not-signalbox-admin' };
  const server = createServer((request, response) => {
    const name = request.headers.cookie?.match(/_oauth2_proxy=(\w+)/)?.[1];
    if (request.url === '/oauth2/auth' && people[name])
      response.writeHead(202, { 'X-Auth-Request-Email': `${name}@example.org`, 'X-Auth-Request-Groups': people[name] }).end();
    else if (request.url === '/oauth2/auth') response.writeHead(401).end();
    else response.writeHead(200, { 'Content-Type': 'text/html' }).end(`<title>Sign in</title>${request.headers['x-auth-request-redirect']}`);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return server;
}

test('single sign-on: the proxy says who it is, request headers do not, and /health and tokens go past it', async (t) => {
  const sso = await startSso(t);
  const stack = await startStack(t, {
    checks,
    options: ['--users-by-nginx'],
    snippets: {
      'sso.http.conf': (await shipped('sso.http.conf')).replace('127.0.0.1:4180', `127.0.0.1:${sso.address().port}`),
      'sso.server.conf': await shipped('sso.server.conf'),
    },
  });
  const as = (name, headers = {}) => ({ headers: { Cookie: `_oauth2_proxy=${name}`, ...headers } });
  assert.deepEqual((await stack.get('/admin/session', as('ada'))).json, { user: 'ada@example.org', role: 'admin', via: 'proxy', expires_at: null });
  assert.equal((await stack.get('/admin/session', as('vi'))).json.role, 'viewer');
  assert.equal((await stack.get('/admin/session', as('eve'))).status, 403, 'known, and in no group that counts');
  const spoofed = as('vi', { 'X-Auth-Request-Groups': 'signalbox-admin', SIGNALBOX_ROLE: 'admin', 'X-Auth-Request-Email': 'ada@example.org' });
  assert.deepEqual([(await stack.get('/admin/session', spoofed)).json.user, (await stack.get('/admin/session', spoofed)).json.role], ['vi@example.org', 'viewer']);

  const nobody = await stack.get('/admin/health', { headers: { 'X-Auth-Request-Email': 'ada@example.org', 'X-Auth-Request-Groups': 'signalbox-admin' } });
  assert.deepEqual([nobody.status, nobody.json.type], [401, '/problems/unauthorized']);
  const page = await stack.get('/');
  assert.equal(page.status, 403);
  assert.match(page.text, /Sign in/);
  assert.equal((await stack.get('/', as('vi'))).status, 200);
  assert.equal((await stack.get('/health')).status, 200);
  assert.equal((await stack.get('/health/live')).status, 200);
  assert.equal((await stack.get('/metrics')).status, 200, 'Prometheus has no name there, but an address');

  const { program } = await import('./lib/stack.mjs');
  const made = await runProgram([program('signalbox'), 'token', 'create', 'ci', '--role', 'viewer', '--expires', '1d', '--tokens', stack.file('tokens')]);
  assert.equal((await stack.get('/admin/session', { headers: { Authorization: `Bearer ${made.stdout.trim()}` } })).json.user, 'token:ci');
  assert.equal((await stack.get('/admin/session', { headers: { Authorization: `Bearer sbx_${'0'.repeat(64)}` } })).status, 401, 'and looked at there');

  sso.close();
  for (const route of ['/', '/admin/health']) {
    const answer = await stack.get(route, as('vi'));
    assert.deepEqual([answer.status, answer.headers['content-type'], answer.headers['retry-after']], [503, 'application/problem+json', '5'], route);
  }
  assert.equal((await stack.get('/health/live')).status, 200);
});

test('without the option what is said of users counts for nothing, even from nginx itself', async (t) => {
  const stack = await startStack(t, { checks, snippets: { 'x.server.conf': 'fastcgi_param SIGNALBOX_USER ada; fastcgi_param SIGNALBOX_ROLE admin;' } });
  assert.equal((await stack.get('/admin/session')).status, 401);
});

test('behind another proxy: its clients are told apart, and that it ends TLS is known', async (t) => {
  const source = (await shipped('proxy.http.conf')).replace('192.0.2.1', '127.0.0.9');
  const stack = await startStack(t, { checks, tcp: true, snippets: { 'proxy.http.conf': source, 'proxy.server.conf': await shipped('proxy.server.conf') } });
  const login = (from, headers) =>
    stack.get('/admin/session', { method: 'POST', from, headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify({ name: 'admin', password: 'wrong' }) });
  await login('127.0.0.9', { 'X-Forwarded-For': '203.0.113.7' });
  await login('127.0.0.8', { 'X-Forwarded-For': '203.0.113.8' });
  await until('both are in the log', () => /address="203\.0\.113\.7"/.test(stack.programs.api.words) && /address="127\.0\.0\.8"/.test(stack.programs.api.words));
  assert.doesNotMatch(stack.programs.api.words, /203\.0\.113\.8/, 'a stranger cannot choose his address');
  const right = await stack.get('/admin/session', {
    method: 'POST',
    from: '127.0.0.9',
    headers: { ...JSON_TYPE, 'X-Forwarded-Proto': 'https' },
    body: JSON.stringify({ name: 'admin', password: 'correct horse' }),
  });
  assert.match(right.headers['set-cookie'][0], /^__Host-signalbox=.*; Secure$/);
});

test('/metrics is for listed addresses, and a proxy that nobody has named does not lend its own', async (t) => {
  const stack = await startStack(t, { checks, tcp: true });
  const metrics = async (headers) => (await stack.get('/metrics', { from: '127.0.0.1', headers })).status;
  assert.equal(await metrics({}), 200);
  assert.equal((await stack.get('/metrics', { from: '127.0.0.8' })).status, 403, 'another address');
  for (const headers of [{ 'X-Forwarded-For': '203.0.113.7' }, { Forwarded: 'for=203.0.113.7' }, { 'X-Real-IP': '203.0.113.7' }, { Via: '1.1 proxy' }])
    assert.equal(await metrics(headers), 403, JSON.stringify(headers));
});

test('/metrics behind a proxy that is named goes by the address of its client', async (t) => {
  const named = (await shipped('proxy.http.conf')).replace('192.0.2.1', '127.0.0.9');
  const stack = await startStack(t, { checks, tcp: true, snippets: { 'proxy.http.conf': named } });
  const metrics = async (client) => (await stack.get('/metrics', { from: '127.0.0.9', headers: { 'X-Forwarded-For': client } })).status;
  assert.equal(await metrics('127.0.0.1'), 200);
  assert.equal(await metrics('203.0.113.7'), 403);
});

test('too many requests from one address are told to wait, in JSON, and others are not', async (t) => {
  const stack = await startStack(t, { checks, tcp: true });
  const burst = await Promise.all(Array.from({ length: 300 }, () => stack.get('/admin/health', { from: '127.0.0.8' })));
  const refused = burst.filter(({ status }) => status === 429);
  assert.ok(refused.length > 50 && refused.length < 300, `${refused.length} of 300`);
  assert.ok(burst.every(({ status }) => status === 401 || status === 429));
  for (const { headers, json } of refused.slice(0, 3)) {
    assert.deepEqual([headers['content-type'], headers['retry-after']], ['application/problem+json', '1']);
    assert.equal(json.type, '/problems/too-many-requests');
  }
  assert.equal((await stack.get('/admin/health', { as: 'admin', from: '127.0.0.7' })).status, 200, 'another address');
  const probes = await Promise.all(Array.from({ length: 200 }, () => stack.get('/health', { from: '127.0.0.8' })));
  assert.ok(probes.every(({ status }) => status === 200), 'monitoring is not counted');
  const logins = await Promise.all(
    Array.from({ length: 30 }, (_, i) =>
      stack.get('/admin/session', { method: 'POST', from: '127.0.0.6', headers: JSON_TYPE, body: JSON.stringify({ name: `n${i}`, password: 'x' }) }),
    ),
  );
  assert.ok(logins.filter(({ status }) => status === 429).length >= 15, 'log-ins are fewer');
});

test('slow clients hold no worker, and are let go', async (t) => {
  const stack = await startStack(t, { checks });
  const sockets = [];
  t.after(() => sockets.forEach((socket) => socket.destroy()));
  const closed = [];
  for (const begin of ['GET /admin/health HTTP/1.1\r\nHost: a\r\nX-', 'POST /admin/session HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"name"'])
    for (let i = 0; i < 60; i++) {
      const socket = net.connect(stack.file('run/http.sock'), () => socket.write(begin));
      sockets.push(socket.on('error', () => {}));
      socket.resume();
      closed.push(once(socket, 'close'));
    }
  await until('all of them are connected', () => sockets.every((socket) => socket.bytesWritten > 0));
  for (let i = 0; i < 8; i++) assert.equal((await stack.get('/admin/health', { as: 'admin' })).status, 200);
  assert.ok(sockets.some((socket) => !socket.closed), 'all of that while they were dawdling');
  await Promise.all(closed);
});

test('the filled configuration passes nginx -t with every shipped file in it', async (t) => {
  const { made } = await certificates(t);
  const names = (await readdir(path.join(project, 'nginx'))).filter((name) => /\.(http|server)\.conf$/.test(name));
  for (const group of [names.filter((name) => !/^sso/.test(name)), names.filter((name) => !/^mtls/.test(name))]) {
    const snippets = Object.fromEntries(await Promise.all(group.map(async (name) => [name, withPaths(await shipped(name), made)])));
    const stack = await startStack(t, { parts: [], tcp: true, snippets });
    const nginx = stack.commands().nginx;
    await writeFile(stack.file('log/nginx.log'), '');
    const { stderr } = await runProgram([...nginx, '-t']);
    assert.match(stderr, /test is successful/);
    assert.doesNotMatch(stderr, /\[(warn|error|emerg)\]/, stderr);
  }
});
