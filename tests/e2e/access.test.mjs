// Who may ask what.
import assert from 'node:assert/strict';
import { readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { project, startStack, until } from './lib/stack.mjs';
import { runProgram } from './lib/program.mjs';
import { program } from './lib/stack.mjs';

const basic = (text) => ({ Authorization: `Basic ${Buffer.from(text).toString('base64')}` });

/** The rows of the route table, as the application has them. */
async function routes() {
  const source = await readFile(`${project}/src/api/routes.c`, 'utf8');
  return [...source.matchAll(/\{ "([A-Z]+)", "([^"]+)", (ROLE_[A-Z]+),/g)].map(([, method, path, role]) => ({
    method,
    path: path.replace(/:\w+/g, 'a'),
    role,
  }));
}

test('promise 8, first half: no admin route answers without somebody who may ask', async (t) => {
  const stack = await startStack(t, {
    checks: { 'a.lua': 'service { name = "a", every = "24h", probe = function() return { secret_measure = 42 } end }' },
  });
  const everything = await routes();
  const guarded = everything.filter((route) => route.path.startsWith('/admin/') && route.role !== 'ROLE_NOBODY');
  assert.ok(guarded.length >= 3);
  assert.deepEqual(
    everything.filter((route) => route.path.startsWith('/admin/') && route.role === 'ROLE_NOBODY').map(({ method, path }) => `${method} ${path}`),
    ['POST /admin/session', 'DELETE /admin/session'],
    'every row below /admin/ demands a role, but those that are the door itself',
  );

  const strangers = {
    nobody: {},
    'a wrong password': { as: ['admin', 'wrong'] },
    'no password': { as: ['admin', ''] },
    'an unknown name': { as: ['root', 'correct horse'] },
    "another user's password": { as: ['admin', 'battery staple'] },
    'a password that only begins right': { as: ['admin', 'correct horse and more'] },
    'empty credentials': { headers: basic(':') },
    'credentials without a colon': { headers: basic('admin') },
    'a zero byte in them': { headers: basic('admin\0:correct horse') },
    'what is not base64': { headers: { Authorization: 'Basic %%%' } },
    'another scheme': { headers: { Authorization: 'Bearer admin' } },
    'credentials of 20 kB': { headers: { Authorization: `Basic ${'A'.repeat(7000)}` } },
    'headers that claim to be somebody': {
      headers: {
        'Remote-User': 'admin',
        'X-Remote-User': 'admin',
        'X-Forwarded-User': 'admin',
        'X-Role': 'admin',
        Role: 'admin',
        'X-Auth-Request-User': 'admin',
      },
    },
    'headers that pose as parameters': {
      headers: {
        REMOTE_USER: 'admin',
        HTTP_AUTHORIZATION: basic('admin:correct horse').Authorization,
        SIGNALBOX_USER: 'admin',
        SIGNALBOX_ROLE: 'admin',
      },
    },
    'a session that nobody began': { headers: { Cookie: `signalbox=v1-${'0'.repeat(64)}-${'0'.repeat(64)}` } },
    'a token that nobody made': { headers: { Authorization: `Bearer sbx_${'0'.repeat(64)}` } },
    'a cookie': { headers: { Cookie: 'session=admin; signalbox=admin' } },
    'the name in the query': { query: '?user=admin&role=admin' },
  };
  for (const { method, path } of [
    ...guarded,
    { method: 'GET', path: '/admin/health/not-there' },
    { method: 'DELETE', path: '/admin/health' },
  ])
    for (const [who, { query = '', ...how }] of Object.entries(strangers)) {
      const answer = await stack.get(path + query, { method, ...how });
      // Whoever guesses at passwords for long is told to wait instead.
      const guesses = how.as || how.headers?.Authorization?.startsWith('Basic');
      const isSlowed = guesses && answer.status === 429;
      assert.equal(answer.status, isSlowed ? 429 : 401, `${method} ${path} for ${who}`);
      assert.equal(answer.headers['content-type'], 'application/problem+json', who);
      assert.doesNotMatch(answer.text, /secret_measure|"services"/, who);
      assert.match(answer.headers[isSlowed ? 'retry-after' : 'www-authenticate'], isSlowed ? /^\d+$/ : /^Basic realm="Signalbox"/, who);
    }

  await stack.restart('api'); // whose workers remember together who has failed how often

  await t.test('a viewer reads and nothing more', async () => {
    for (const { method, path, role } of guarded) {
      const { status } = await stack.get(path, {
        method,
        as: 'viewer',
        headers: method === 'GET' ? {} : { 'Content-Type': 'application/json' },
      });
      if (role === 'ROLE_VIEWER') assert.ok([200, 404, 406].includes(status), `${method} ${path}: ${status}`);
      else assert.equal(status, 403, `${method} ${path}`);
    }
  });

  await t.test('what changes something has no query, whichever route it is: what stands there is refused and not passed over', async () => {
    for (const { method, path } of everything.filter((route) => route.method !== 'GET')) {
      const answer = await stack.get(`${path}?confirm=a`, { as: 'admin', method, headers: { 'Content-Type': 'application/json' }, body: '{}' });
      assert.deepEqual([answer.status, answer.json.detail], [400, 'there is no parameter "confirm" here'], `${method} ${path}`);
    }
  });

  await t.test('the page asks quietly: no challenge, so that no browser opens its own window', async () => {
    for (const headers of [{ 'X-Requested-With': 'signalbox' }, { 'Sec-Fetch-Site': 'same-origin' }]) {
      const answer = await stack.get('/admin/health', { headers });
      assert.deepEqual([answer.status, answer.headers['www-authenticate']], [401, undefined]);
    }
    for (const site of ['none', 'same-site', 'cross-site'])
      assert.match((await stack.get('/admin/health', { headers: { 'Sec-Fetch-Site': site } })).headers['www-authenticate'], /^Basic/, site);
  });

  await t.test("answers are nobody else's: never kept by a cache", async () => {
    for (const { path } of guarded.filter((route) => route.method === 'GET'))
      assert.match((await stack.get(path, { as: 'admin' })).headers['cache-control'], /^(no-store|private, no-cache)$/, path);
  });

  await t.test('a user who is removed, or whose password is changed, is out at once, though he was let in a moment ago', async () => {
    await stack.get('/admin/health', { as: 'viewer' });
    await runProgram([program('signalbox'), 'user', 'password', 'viewer', '--users', stack.users], { input: 'new one\n' });
    await until('the old password opens nothing', async () => (await stack.get('/admin/health', { as: 'viewer' })).status === 401, 3);
    assert.equal((await stack.get('/admin/health', { as: ['viewer', 'new one'] })).status, 200);
    await runProgram([program('signalbox'), 'user', 'remove', 'viewer', '--users', stack.users]);
    for (let i = 0; i < 4; i++) assert.equal((await stack.get('/admin/health', { as: ['viewer', 'new one'] })).status, 401);
  });

  await t.test('a users file that is unreadable lets nobody in', async () => {
    await writeFile(stack.users, 'admin:nonsense\n\0\0\0');
    assert.equal((await stack.get('/admin/health', { as: ['admin', 'nonsense'] })).status, 401);
  });
});

test('what anybody may ask says as little as answers the question', async (t) => {
  const stack = await startStack(t, {
    tcp: true,
    checks: {
      'hidden.lua':
        'service { name = "hidden", every = "24h", fall = 1, critical = true, probe = function() return { level = 9 } end, limits = { level = { down = "> 5" } } }',
      'shown.lua': 'service { name = "shown", every = "24h", public = true, probe = function() return { where = "db7.internal" } end }',
    },
  });
  const listed = await stack.get('/metrics', { from: '127.0.0.2' });
  assert.deepEqual([listed.status, listed.json.type], [403, '/problems/forbidden'], 'metrics are for listed addresses');
  // Not these two: metrics are told to listed addresses only, and what holds the gate is what whoever was refused has to know.
  const told = ['/metrics', '/health/ready'];
  const open = (await routes()).filter(({ role, path }) => role === 'ROLE_NOBODY' && !told.includes(path));
  for (const { method, path } of open) {
    const { text, headers } = await stack.get(path, { method });
    assert.doesNotMatch(text, /hidden|internal|level|\d+\.\d+\.\d+/, path);
    assert.equal(headers.server, 'nginx', 'no version of anything');
  }
  assert.deepEqual((await stack.get('/health')).json, {
    status: 'fail',
    checks: { shown: [{ componentType: 'component', status: 'pass' }] },
  });
});

test('requests that no client means to send get an answer in words, and harm nobody', async (t) => {
  const stack = await startStack(t, { checks: { 'a.lua': 'service { name = "a", every = "24h", probe = function() end }' } });
  const asked = async (path, how) => (await stack.get(path, { as: 'admin', ...how })).status;
  assert.equal(await asked('/admin/nothing'), 404);
  assert.equal(await asked('/admin/health/%2e%2e'), 404);
  assert.equal(await asked('/admin/health/%00'), 400);
  assert.equal(await asked('/admin/health/%ff'), 400);
  assert.equal(await asked('/admin/health?unknown=1'), 400);
  assert.equal(await asked('/admin/health/a?limit=0'), 400);
  assert.equal(await asked('/admin/health/a?limit=1e9'), 400);
  assert.equal(await asked('/admin/health/a?since=yesterday'), 400);
  assert.equal(await asked('/admin/health/a?cursor=AAAA'), 400);
  assert.equal(await asked(`/admin/health/${'x'.repeat(200)}`), 404);
  assert.equal(await asked(`/admin/health/${'x'.repeat(9000)}`), 414);
  assert.equal(await asked("/admin/health/a'%20OR%20'1'='1"), 404);
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'BREW']) {
    const answer = await stack.get('/admin/health', { as: 'admin', method, headers: { 'Content-Type': 'application/json' }, body: '{}' });
    assert.equal(answer.status, 405, method);
    assert.match(answer.headers.allow, /GET/);
    assert.equal(answer.json.status, 405);
  }
  const head = await stack.get('/admin/health', { as: 'admin', method: 'HEAD' });
  assert.deepEqual([head.status, head.text], [200, '']);
  const large = await stack.get('/admin/health', { as: 'admin', method: 'POST', body: 'x'.repeat(70000) });
  assert.deepEqual([large.status, large.headers['content-type']], [413, 'application/problem+json']);
  assert.equal(await asked('/admin/health'), 200, 'and it goes on answering');
  assert.equal((await stack.recheck('a')).status, 'healthy');
});

test('log-ins, what was refused and log-outs are rows of the audit trail, once a minute when they repeat, later when there is no Postgres', async (t) => {
  const stack = await startStack(t, { checks: { 'a.lua': 'service { name = "a", every = "24h", probe = function() end }' } });
  const type = { 'Content-Type': 'application/json' };
  const logIn = async (name, password) => {
    const answer = await stack.get('/admin/session', { method: 'POST', headers: type, body: JSON.stringify({ name, password }) });
    return { status: answer.status, cookie: { Cookie: answer.headers['set-cookie']?.[0].split(';')[0] } };
  };
  const rows = () =>
    stack.sql(`SELECT actor, action, subject, outcome, source IS NOT NULL AS has_source, parameters FROM audit_log
               WHERE action ~ '^(login|logout|token|session)' ORDER BY id`);
  const row = (action, user, parameters = {}) =>
    action.endsWith('_refused')
      ? { actor: 'signalbox', action, subject: user, outcome: 'refused', has_source: true, parameters }
      : { actor: user, action, subject: null, outcome: 'ok', has_source: true, parameters };

  const one = await logIn('admin', 'correct horse');
  assert.equal(one.status, 200);
  assert.equal((await logIn('admin', 'wrong')).status, 401);
  assert.equal((await logIn('a-password-in-the-wrong-field', 'wrong')).status, 401);
  assert.equal((await stack.get('/admin/health', { headers: { Authorization: 'Bearer sbx_nothing' } })).status, 401);
  assert.equal((await stack.get('/admin/session', { method: 'DELETE', headers: { ...type, ...one.cookie } })).status, 204);
  for (let i = 0; i < 5; i++) assert.equal((await stack.get('/admin/health', { headers: one.cookie })).status, 401);
  const first = [
    row('login', 'admin'),
    row('login_refused', 'admin'),
    row('login_refused', null),
    row('token_refused', null),
    row('logout', 'admin'),
    row('session_refused', null),
  ];
  await stack.sync();
  assert.deepEqual(await rows(), first);

  await t.test('without Postgres they come later; what repeated is one row with its count when the scheduler stops', async () => {
    await stack.postgres.stop('SIGQUIT');
    assert.equal((await logIn('viewer', 'battery staple')).status, 200);
    await stack.restart('scheduler');
    await stack.postgres.start();
    await stack.sync();
    assert.deepEqual(await rows(), [...first, row('login', 'viewer'), row('session_refused', null, { count: 4 })]);
    assert.deepEqual(await stack.sql('SELECT * FROM signalbox_audit_faults()'), []);
  });

  await t.test('while the scheduler stands still, and without it, a log-in is none the worse, and waits for it in the spool', async () => {
    const waiting = async () => (await readdir(stack.file('audit-spool'))).filter((name) => !name.startsWith('.')).length;
    const known = await rows();
    const from = new Date();
    stack.signal('scheduler', 'SIGSTOP');
    assert.equal((await logIn('viewer', 'battery staple')).status, 200);
    assert.equal(await waiting(), 1);
    await stack.kill('scheduler');
    for (let i = 0; i < 12; i++) assert.equal((await logIn('admin', 'wrong')).status, 401);
    const many = await waiting();
    assert.ok(many > 1 && many <= 1 + 4, `${many}: of what repeats each worker leaves one`);
    const to = new Date();
    await stack.start('scheduler');
    await until('they are taken up', async () => (await waiting()) === 0);
    await stack.restart('api'); // what was counted is told at the latest then
    await until('and the rest', async () => (await waiting()) === 0);
    await stack.sync();
    const [first, ...later] = (await rows()).slice(known.length);
    assert.deepEqual(first, row('login', 'viewer'));
    let count = 0;
    for (const one of later) {
      assert.deepEqual(one, row('login_refused', 'admin', one.parameters));
      count += one.parameters.count ?? 1;
    }
    assert.equal(count, 12);
    const [{ at }] = await stack.sql(`SELECT at FROM audit_log WHERE action = 'login' AND actor = 'viewer' ORDER BY id DESC LIMIT 1`);
    assert.ok(from <= new Date(at) && new Date(at) <= to, 'with the time at which it happened');
    assert.deepEqual(await stack.sql('SELECT * FROM signalbox_audit_faults()'), []);
  });

  await t.test('where nothing can be kept either, the log says what is missing', async () => {
    const lost = () => [...stack.programs.api.words.matchAll(/event=audit_lost action=login user="?viewer"? address=/g)].length;
    await stack.kill('scheduler');
    await rm(stack.file('audit-spool'), { recursive: true });
    await writeFile(stack.file('audit-spool'), 'in its way');
    assert.equal((await logIn('viewer', 'battery staple')).status, 200);
    await until('it is in the log', () => lost() === 1);
  });
});

test('what signalbox user and token do is in the audit trail too, with its own time, also what was done while no scheduler ran', async (t) => {
  const stack = await startStack(t, { checks: { 'a.lua': 'service { name = "a", every = "24h", probe = function() end }' } });
  const spool = stack.file('audit-spool');
  const left = () => readdir(spool);
  const user = (...words) => runProgram([program('signalbox'), 'user', ...words, '--users', stack.users], { input: 'a new one\n' });
  const token = (...words) => runProgram([program('signalbox'), 'token', ...words, '--tokens', stack.file('tokens')]);
  const rows = async () => {
    await until('all are taken up', async () => (await left()).length === 0);
    await stack.sync();
    return stack.sql(`SELECT action, subject, outcome, parameters FROM audit_log WHERE source = 'signalbox(1)' ORDER BY id`);
  };
  const row = (action, subject, parameters = {}, outcome = 'ok') => ({ action, subject, outcome, parameters });

  await user('add', 'ann', '--role', 'viewer');
  await user('password', 'ann');
  await token('create', 'ci', '--role', 'admin', '--expires', '90d');
  await assert.rejects(user('add', 'ann', '--role', 'admin'), /there is a user ann already/);
  await assert.rejects(user('remove', 'bob'), /there is no user bob/);
  await assert.rejects(token('revoke', 'nothing'), /there is no token nothing/);
  const first = [row('user_add', 'ann', { role: 'viewer' }), row('user_password', 'ann'), row('token_create', 'ci', { role: 'admin', expires: '90d' })];
  assert.deepEqual(await rows(), first);
  const [{ actor }] = await stack.sql(`SELECT DISTINCT actor FROM audit_log WHERE source = 'signalbox(1)'`);
  assert.equal(actor, os.userInfo().username);

  await t.test('without a scheduler it waits', async () => {
    await stack.end('scheduler');
    const before = new Date();
    await token('revoke', 'ci');
    await user('remove', 'ann');
    const after = new Date();
    assert.equal((await left()).length, 2);
    // As one that was killed in the middle leaves it: nobody knows what came of it.
    const lost = path.join(spool, '.1000000000000000-1-0.row');
    await writeFile(lost, '{"at":"2001-09-09T01:46:40Z","actor":"root","from":"signalbox(1)","action":"user_add","subject":"eve"}');
    await utimes(lost, 1e9, 1e9);
    await stack.start('scheduler');
    assert.deepEqual(await rows(), [...first, row('user_add', 'eve', {}, null), row('token_revoke', 'ci'), row('user_remove', 'ann')]);
    const times = await stack.sql(`SELECT at FROM audit_log WHERE action IN ('token_revoke', 'user_remove')`);
    for (const { at } of times) assert.ok(new Date(at) >= before && new Date(at) <= after, 'when it was done');
    assert.deepEqual(await stack.sql('SELECT * FROM signalbox_audit_faults()'), []);
  });

  await t.test('a row that is none is named in the log and harms no other', async () => {
    await writeFile(path.join(spool, '1000000000000000-1-1.row'), 'no row');
    await until('it is named', () => /event=audit_spool why=".*1000000000000000-1-1\.row/.test(stack.programs.scheduler.words));
    await user('add', 'ann', '--role', 'viewer');
    await until('the other one is taken up', async () => (await left()).length === 1);
  });

  await t.test('what cannot be noted is not done', async () => {
    const nowhere = stack.file('journal.sqlite/spool');
    await assert.rejects(user('remove', 'ann', '--audit-spool', nowhere), /nothing was changed, since it cannot be noted for the audit trail: .*spool/);
    assert.match((await user('list')).stdout, /^ann/m);
  });
});
