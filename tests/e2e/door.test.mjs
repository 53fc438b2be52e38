// The front door: log-in by session, tokens, wrong passwords, and requests that a foreign page would like a browser to send.
import assert from 'node:assert/strict';
import { readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import test from 'node:test';
import { runProgram } from './lib/program.mjs';
import { program, startStack, until } from './lib/stack.mjs';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const checks = { 'a.lua': 'service { name = "a", every = "24h", probe = function() end }' };

/** POST /admin/session; the answer, and the cookie as a browser would send it back. */
async function logIn(stack, name, password, { headers, from } = {}) {
  const answer = await stack.get('/admin/session', {
    method: 'POST',
    headers: { ...JSON_TYPE, ...headers },
    body: JSON.stringify({ name, password }),
    from,
  });
  const cookie = answer.headers['set-cookie']?.[0];
  return { ...answer, text: answer.text, json: JSON.parse(answer.text), setCookie: cookie, cookie: { Cookie: cookie?.split(';')[0] } };
}

const isIn = async (stack, cookie, path = '/admin/health') => (await stack.get(path, { headers: cookie })).status === 200;

test('a session begins with a log-in, holds over restarts and without Postgres, and ends by log-out for every worker', async (t) => {
  const stack = await startStack(t, { checks });
  const one = await logIn(stack, 'admin', 'correct horse');
  assert.equal(one.status, 200);
  assert.deepEqual([one.json.user, one.json.role, one.json.via], ['admin', 'admin', 'session']);
  assert.match(one.setCookie, /^signalbox=v1-[0-9a-f]{64}-[0-9a-f]{64}; Path=\/; Max-Age=1209600; HttpOnly; SameSite=Strict$/);
  const hours = (Date.parse(one.json.expires_at) - Date.now()) / 3_600_000;
  assert.ok(hours > 11.9 && hours < 12.1, `${hours} h`);

  const who = (await stack.get('/admin/session', { headers: one.cookie })).json;
  assert.deepEqual([who.user, who.role, who.via], ['admin', 'admin', 'session']);
  assert.equal((await stack.get('/admin/session', { as: 'viewer' })).json.via, 'basic');
  assert.equal((await stack.get('/admin/session')).status, 401);

  const two = await logIn(stack, 'admin', 'correct horse');
  await stack.restart('api');
  await stack.postgres.stop('SIGQUIT');
  assert.ok(await isIn(stack, one.cookie), 'the API was restarted, and there is no Postgres');
  const viewer = await logIn(stack, 'viewer', 'battery staple');
  assert.equal(viewer.json.role, 'viewer', 'a log-in without Postgres');

  const out = await stack.get('/admin/session', { method: 'DELETE', headers: { ...JSON_TYPE, ...one.cookie } });
  assert.deepEqual([out.status, out.text], [204, '']);
  assert.match(out.headers['set-cookie'][0], /^signalbox=; Path=\/; Max-Age=0; HttpOnly; SameSite=Strict$/);
  for (let i = 0; i < 12; i++) assert.ok(!(await isIn(stack, one.cookie)), 'whichever of the workers is asked');
  assert.ok(await isIn(stack, two.cookie), 'another session of the same user goes on');
  const again = await stack.get('/admin/session', { method: 'DELETE', headers: { ...JSON_TYPE, ...one.cookie } });
  assert.equal(again.status, 204);

  // No secret lies about: neither the cookies' nor any password.
  for (const name of await readdir(stack.file('sessions')))
    assert.doesNotMatch(`${name} ${await readFile(stack.file('sessions', name), 'utf8')}`, new RegExp(two.cookie.Cookie.slice(13, 77)));
  assert.equal((await stat(stack.file('sessions'))).mode & 0o777, 0o700);
  const words = stack.programs.api.words;
  assert.match(words, /event=login user=admin address=/);
  assert.match(words, /event=logout user=admin/);
  assert.doesNotMatch(words, /v1-[0-9a-f]|correct horse/);
});

test("a new password ends a user's sessions, and so does removing the user, or the key", async (t) => {
  const stack = await startStack(t, { checks });
  const cli = (...words) => runProgram([program('signalbox'), 'user', ...words, '--users', stack.users], { input: 'new one\n' });
  const viewer = await logIn(stack, 'viewer', 'battery staple');
  const admin = await logIn(stack, 'admin', 'correct horse');
  await cli('password', 'viewer');
  for (let i = 0; i < 8; i++) assert.ok(!(await isIn(stack, viewer.cookie)));
  assert.ok(await isIn(stack, admin.cookie), "another user's goes on");
  const anew = await logIn(stack, 'viewer', 'new one');
  assert.ok(await isIn(stack, anew.cookie));
  await cli('remove', 'viewer');
  for (let i = 0; i < 8; i++) assert.ok(!(await isIn(stack, anew.cookie)));
  await rm(stack.file('sessions/key'));
  for (let i = 0; i < 8; i++) assert.ok(!(await isIn(stack, admin.cookie)));
  assert.ok(await isIn(stack, (await logIn(stack, 'admin', 'correct horse')).cookie));
});

test('a log-in says nothing about which names there are, and its form is looked at', async (t) => {
  const stack = await startStack(t, { checks });
  const wrong = await logIn(stack, 'admin', 'wrong');
  const unknown = await logIn(stack, 'nobody-of-that-name', 'wrong');
  assert.deepEqual([wrong.status, wrong.text, wrong.setCookie], [401, unknown.text, undefined]);
  assert.equal(unknown.status, 401);
  assert.equal((await logIn(stack, 'admin', '')).status, 401);
  assert.equal((await logIn(stack, '', '')).status, 401);

  const post = (body, headers) => stack.get('/admin/session', { method: 'POST', headers, body });
  const right = JSON.stringify({ name: 'admin', password: 'correct horse' });
  for (const [body, headers, status, field] of [
    ['', JSON_TYPE, 422, 'name'],
    ['{"name":"admin"}', JSON_TYPE, 422, 'password'],
    ['{"name":"admin","password":"correct horse","remember":true}', JSON_TYPE, 422, 'remember'],
    ['{"name":"admin","password":["correct horse"]}', JSON_TYPE, 422, 'password'],
    ['{"name":"admin","name":"admin","password":"correct horse"}', JSON_TYPE, 400],
    ['name=admin&password=correct+horse', { 'Content-Type': 'application/x-www-form-urlencoded' }, 415],
    [right, { 'Content-Type': 'text/plain' }, 415],
    [right, {}, 415],
    [right, { ...JSON_TYPE, 'Sec-Fetch-Site': 'cross-site' }, 403],
    [right, { ...JSON_TYPE, 'Sec-Fetch-Site': 'same-site' }, 403],
    [right, { ...JSON_TYPE, Origin: 'https://evil.example' }, 403],
    [right, { ...JSON_TYPE, Origin: 'null' }, 403],
    [right, { ...JSON_TYPE, Host: 'signalbox.example', Origin: 'https://signalbox.example', 'Sec-Fetch-Site': 'same-origin' }, 200],
  ]) {
    const answer = await post(body, headers);
    assert.equal(answer.status, status, `${body} ${JSON.stringify(headers)}`);
    if (status !== 200) {
      assert.equal(answer.headers['content-type'], 'application/problem+json');
      assert.equal(answer.json.field, field);
      assert.equal(answer.headers['set-cookie'], undefined);
    }
  }
});

test("a foreign page cannot use a visitor's session, whatever it sends", async (t) => {
  const stack = await startStack(t, { checks });
  const { cookie } = await logIn(stack, 'admin', 'correct horse');
  const end = (headers) => stack.get('/admin/session', { method: 'DELETE', headers: { ...cookie, ...headers } });
  assert.equal((await end({ ...JSON_TYPE, 'Sec-Fetch-Site': 'cross-site' })).status, 403);
  assert.equal((await end({ ...JSON_TYPE, Origin: 'http://evil.example' })).status, 403);
  assert.equal((await end({ 'Content-Type': 'text/plain' })).status, 415);
  assert.equal((await end({})).status, 415);
  assert.ok(await isIn(stack, cookie));
});

test('wrong passwords are slowed by address and by name, for all workers together, and others are not kept out', async (t) => {
  const stack = await startStack(t, { checks, tcp: true });
  let waited;
  let failed = 0;
  await until('an address that keeps failing is told to wait', async () => {
    const answer = await logIn(stack, `guess-${failed}`, 'wrong', { from: '127.0.0.5' });
    failed += answer.status === 401;
    waited = answer;
    return answer.status === 429;
  });
  assert.ok(failed >= 5 && failed <= 11, `${failed} were looked at`);
  assert.match(waited.headers['retry-after'], /^[1-9]\d*$/);
  assert.deepEqual([waited.json.type, waited.json.status], ['/problems/too-many-requests', 429]);
  assert.equal((await logIn(stack, 'admin', 'correct horse', { from: '127.0.0.6' })).status, 200, 'another address');
  // The right pair that a worker has just looked at is remembered there and does not wait: nobody has logged in as viewer before.
  const session = await logIn(stack, 'admin', 'correct horse', { from: '127.0.0.6' });
  const basic = await stack.get('/admin/health', { as: ['admin', 'wrong'], from: '127.0.0.5' });
  assert.equal(basic.status, 429, 'Basic goes by the same count');
  assert.equal((await stack.get('/admin/health', { headers: session.cookie, from: '127.0.0.5' })).status, 200, 'who is in already is not asked for a password');

  let address = 0;
  await until('a name, from wherever, has to wait for seconds', async () => {
    const answer = await logIn(stack, 'viewer', 'wrong', { from: `127.0.1.${(address++ % 250) + 1}` });
    return answer.status === 429 && Number(answer.headers['retry-after']) >= 4;
  });
  const named = await logIn(stack, 'viewer', 'battery staple', { from: '127.0.0.7' });
  assert.equal(named.status, 429, 'the right password too');
  assert.ok(Number(named.headers['retry-after']) <= 10);
  assert.equal((await logIn(stack, 'admin', 'correct horse', { from: '127.0.0.7' })).status, 200, 'another name');
  await until('and then it is let in', async () => (await logIn(stack, 'viewer', 'battery staple', { from: '127.0.0.7' })).status === 200, 30);
  assert.match(stack.programs.api.words, /event=login_refused user="viewer" address="127\.0\.1\.1"/);
  assert.doesNotMatch(stack.programs.api.words, /guess-/, 'a name that is none may be a password in the wrong field');
});

test('a token is shown once, opens as far as its role goes, and ends by revocation or by its time', async (t) => {
  const stack = await startStack(t, { checks });
  const cli = (...words) => runProgram([program('signalbox'), 'token', ...words, '--tokens', stack.file('tokens')]);
  const bearer = (token) => ({ Authorization: `Bearer ${token}` });
  const made = await cli('create', 'prometheus', '--role', 'viewer', '--expires', '90d');
  const token = made.stdout.trim();
  assert.match(token, /^sbx_[0-9a-f]{64}$/);
  assert.match((await cli('list')).stdout, /^prometheus +viewer +\S+Z +\S+Z +never$/m);

  const who = await stack.get('/admin/session', { headers: bearer(token) });
  assert.deepEqual(who.json, { user: 'token:prometheus', role: 'viewer', via: 'token', expires_at: null });
  assert.match((await cli('list')).stdout, /^prometheus +viewer +\S+Z +\S+Z +\d{4}-\S+Z$/m, 'now it has been used');
  assert.equal((await stack.get('/admin/health', { headers: bearer(`${token.slice(0, -1)}x`) })).status, 401);
  for (const name of await readdir(stack.file('tokens')))
    assert.doesNotMatch(`${name} ${await readFile(stack.file('tokens', name), 'utf8')}`, new RegExp(token.slice(4)));

  const expired = (await cli('create', 'short', '--role', 'admin', '--expires', '1ms')).stdout.trim();
  await until('its time has come', async () => (await stack.get('/admin/health', { headers: bearer(expired) })).status === 401);
  assert.match((await cli('list')).stdout, /^short +admin +\S+Z +expired/m);
  await cli('revoke', 'prometheus');
  for (let i = 0; i < 8; i++) assert.equal((await stack.get('/admin/health', { headers: bearer(token) })).status, 401);

  await assert.rejects(cli('create', 'short', '--role', 'admin', '--expires', 'never'), /there is a token short already/);
  await assert.rejects(cli('create', 'x', '--role', 'root', '--expires', 'never'), /--role admin or --role viewer/);
  await assert.rejects(cli('create', 'x', '--role', 'admin'), /--expires 90d, or --expires never/);
  await assert.rejects(cli('create', 'a b', '--role', 'admin', '--expires', 'never'), /letters, digits/);
  await assert.rejects(cli('revoke', 'x'), /there is no token x/);
  const eternal = (await cli('create', 'eternal', '--role', 'admin', '--expires', 'never')).stdout.trim();
  assert.equal((await stack.get('/admin/session', { headers: bearer(eternal) })).json.role, 'admin');
  assert.doesNotMatch(stack.programs.api.words, new RegExp(eternal.slice(4, 20)));
});

test('a directory of sessions or tokens that cannot be read lets nobody in, and the log says so once', async (t) => {
  const stack = await startStack(t, { checks });
  const { cookie } = await logIn(stack, 'admin', 'correct horse');
  await writeFile(stack.file('sessions/key'), 'not a key');
  for (let i = 0; i < 6; i++) assert.ok(!(await isIn(stack, cookie)));
  const refused = await logIn(stack, 'admin', 'correct horse');
  assert.deepEqual([refused.status, refused.setCookie], [503, undefined]);
  assert.match(refused.json.detail, /key: not 64 hexadecimal digits/);
  assert.ok((stack.programs.api.words.match(/event=sessions why=/g) ?? []).length <= 4, 'once a worker');
  assert.equal((await stack.get('/admin/health', { as: 'admin' })).status, 200, 'Basic needs neither');
});
