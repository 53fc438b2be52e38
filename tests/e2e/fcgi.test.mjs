// The application behind nginx: what FastCGI can do to it, workers that die, reloads in the middle, and those that it asks standing still.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { GET_VALUES, PARAMS, STDIN, begin, connect, exchange, get, pairs, readAnswer, record, request, stream } from './lib/fcgi.mjs';
import { startStack, until } from './lib/stack.mjs';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const checks = { 'a.lua': 'service { name = "a", every = "24h", critical = true, probe = function() end }' };

const workersOf = async (stack) => {
  const { pid } = stack.programs.api;
  return (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ').filter(Boolean).map(Number);
};

test('FastCGI', async (t) => {
  const stack = await startStack(t, { checks });
  const place = stack.file('run/api.sock');
  const ask = (bytes) => exchange(place, bytes);
  const isWell = async () => assert.equal((await stack.get('/admin/health', { as: 'admin' })).status, 200);
  const workers = await workersOf(stack);

  await t.test('bodies: none, empty, as long as they say, too long, longer and shorter than they say, of no length at all', async () => {
    const post = (length, body) => ask(request({ ...get('/admin/session'), REQUEST_METHOD: 'POST', CONTENT_TYPE: 'application/json', CONTENT_LENGTH: length }, body));
    const login = JSON.stringify({ name: 'admin', password: 'correct horse' });
    for (const [length, body, status] of [
      ['', '', 422],
      ['0', '', 422],
      ['0', login, 422],
      [String(login.length), login, 200],
      [String(login.length), `${login} and more`, 200],
      [String(login.length - 1), login, 400],
      [String(65536), ' '.repeat(65536), 400],
      [String(65537), ' '.repeat(65537), 413],
      ['99999999999999999999', login, 400],
      [String(2 ** 40), login, 413],
      ['-1', login, 400],
      ['0x10', login, 400],
      ['1e3', login, 400],
      [' 2', '{}', 400],
      ['many', login, 400],
    ]) {
      const answer = await post(length, body);
      assert.deepEqual([answer.status, answer.ended], [status, true], `CONTENT_LENGTH "${length}": ${answer.text}`);
    }
    const cut = await post('100', '{}');
    assert.equal(cut.status, 0, 'half a request is none');
    await isWell();
  });

  await t.test('parameters: missing, empty, enormous, given twice, cut short, lengths that lie', async () => {
    assert.equal((await ask(request({}))).status, 400);
    assert.equal((await ask(request({ REQUEST_METHOD: 'GET' }))).status, 400);
    assert.equal((await ask(request({ REQUEST_URI: '/health/live' }))).status, 405);
    assert.equal((await ask(request(get('/health/live', { HTTP_COOKIE: 'x'.repeat(60000) })))).status, 200);
    assert.equal((await ask(request(get('/health/live', Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`X_${i}`, 'y'.repeat(100)])))))).status, 200);
    assert.equal((await ask(request(get('/admin/health', { HTTP_AUTHORIZATION: 'Basic ' })))).status, 401);
    assert.equal((await ask(request(get('/admin/health', { SIGNALBOX_USER: 'admin', SIGNALBOX_ROLE: 'admin' })))).status, 401, 'not unless it was told to believe that');
    assert.equal((await ask(request(get('/admin/health', { SIGNALBOX_USER: '', REMOTE_USER: 'admin', AUTH_TYPE: 'Basic' })))).status, 401);
    const twice = Buffer.concat([pairs(get('/health/live')), pairs({ REQUEST_URI: '/admin/health' })]);
    assert.ok([200, 401].includes((await ask(Buffer.concat([begin(), stream(PARAMS, twice), stream(STDIN, Buffer.alloc(0))]))).status));

    const lies = {
      'a name longer than what comes': [200, 10, 65, 66],
      'a value longer than what comes': [4, 128, 255, 255, 255, 65, 66, 67, 68],
      'lengths of 512 MiB': [160, 0, 0, 0, 160, 0, 0, 0, 65, 66], // beyond 2 GiB in sum libfcgi itself ends the worker; nginx never sends that
      'half a length': [255],
      'nothing but zeroes': new Array(100).fill(0),
    };
    for (const [what, bytes] of Object.entries(lies)) {
      const answer = await ask(Buffer.concat([begin(), stream(PARAMS, Buffer.from(bytes)), stream(STDIN, Buffer.alloc(0))]));
      assert.ok(answer.status === 0 || answer.status === 400, `${what}: ${answer.status}`);
      await isWell();
    }
  });

  await t.test('records: of no kind, of another version or role, out of order, for another request, noise', async () => {
    const whole = request(get('/health/live'));
    for (const [what, bytes, status] of [
      ['a question about us', Buffer.concat([record(GET_VALUES, pairs({ FCGI_MAX_CONNS: '', FCGI_MPXS_CONNS: '' }), { id: 0 }), whole]), 200],
      ['another version', record(1, Buffer.alloc(8), { version: 2 }), 0],
      ['an authorizer', Buffer.concat([begin({ role: 2 }), stream(PARAMS, pairs(get('/health/live')))]), 200],
      ['a role that is none', Buffer.concat([begin({ role: 9 }), stream(PARAMS, pairs(get('/health/live')))]), 0],
      ['parameters before the beginning', stream(PARAMS, pairs(get('/health/live'))), 0],
      ['noise', Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7919) & 255)), 0],
      ['another protocol', Buffer.from('GET /health HTTP/1.1\r\nHost: a\r\n\r\n'), 0],
    ]) {
      const { socket, done } = await connect(place);
      socket.end(bytes);
      const answer = readAnswer(await done);
      assert.ok(answer.status === status || answer.status === 0, `${what}: ${answer.status}`);
      await isWell();
    }
  });

  await t.test('clients that go away: before the request, in the middle of it, before the answer, during it', async () => {
    const whole = request(get('/admin/health/openapi.json', { HTTP_AUTHORIZATION: `Basic ${Buffer.from('admin:correct horse').toString('base64')}` }));
    const pieces = [0, 1, 8, 9, 16, 24, 60, whole.length - 9, whole.length - 1, whole.length];
    for (const n of pieces)
      for (const leave of ['end', 'destroy']) {
        const { socket, done } = await connect(place);
        if (n) await new Promise((resolve) => socket.write(whole.subarray(0, n), resolve));
        socket[leave]();
        await done;
      }
    await isWell();
  });

  await t.test('a client that wants to keep its connection, and more of them than there are workers, keep nobody from anything', async () => {
    const kept = [];
    for (let i = 0; i < 8; i++) {
      const { socket, done } = await connect(place);
      socket.write(request(get('/health/live'), '', { keep: true }));
      kept.push(done);
    }
    for (const bytes of await Promise.all(kept)) assert.equal(readAnswer(bytes).status, 200, 'answered, and let go');
    await isWell();
  });

  await t.test('connections that say nothing are let go, and then the others have their turn', async () => {
    const silent = [];
    for (let i = 0; i < 4; i++) silent.push(await connect(place));
    const slow = await connect(place);
    slow.socket.write(begin());
    await until('somebody is answered', async () => (await stack.get('/health/live')).status === 200, 30);
    await Promise.all([...silent, slow].map(({ done }) => done));
  });

  assert.doesNotMatch(stack.programs.api.words, /level=error/);
  assert.deepEqual(await workersOf(stack), workers, 'through all of this no worker has died');
});

test('a worker that dies costs its own request, is replaced, and nobody else notices', async (t) => {
  const stack = await startStack(t, { checks });
  const before = await workersOf(stack);
  let stop = false;
  const seen = [];
  const asking = Array.from({ length: 4 }, async () => {
    while (!stop) seen.push(await stack.get('/health/live'));
  });
  for (const [i, signal] of ['SIGKILL', 'SIGABRT', 'SIGKILL'].entries()) {
    const [victim] = (await workersOf(stack)).filter((pid) => before.includes(pid));
    process.kill(victim, signal);
    await until('another has taken its place', async () => {
      const now = await workersOf(stack);
      return now.length === before.length && !now.includes(victim);
    });
    assert.equal((stack.programs.api.words.match(/event=worker_died/g) ?? []).length, i + 1);
  }
  stop = true;
  await Promise.all(asking);
  const bad = seen.filter(({ status }) => status !== 200);
  assert.ok(seen.length > 50 && bad.length <= 3, `${bad.length} of ${seen.length} were not answered`);
  for (const { status, headers, json } of bad) assert.deepEqual([status, headers['content-type'], json.status], [503, 'application/health+json', 'fail']);
});

test('a reload of the application, or of nginx, with requests in flight loses none', async (t) => {
  const stack = await startStack(t, { checks });
  const old = await workersOf(stack);
  let stop = false;
  const seen = [];
  const asking = Array.from({ length: 6 }, async (_, i) => {
    while (!stop) seen.push(await stack.get(i % 2 ? '/admin/health' : '/health/live', { as: 'admin' }));
  });
  await until('requests are under way', () => seen.length > 20);
  stack.signal('api', 'SIGHUP');
  await until('all workers are new', async () => {
    const now = await workersOf(stack);
    return now.length === old.length && !now.some((pid) => old.includes(pid));
  });
  const sofar = seen.length;
  stack.signal('nginx', 'SIGHUP');
  await until('requests go on', () => seen.length > sofar + 100);
  // One that takes its time: the application waits for Postgres, which stands still.
  await stack.postgres.freeze();
  const slow = [1, 2, 3].map(() => stack.get('/admin/health/uptime', { as: 'admin' }));
  stack.signal('api', 'SIGHUP');
  const answers = await Promise.all(slow);
  stack.postgres.resume();
  stop = true;
  await Promise.all(asking);
  assert.deepEqual(answers.map(({ status, headers }) => [status, headers['content-type']]), answers.map(() => [503, 'application/problem+json']));
  assert.deepEqual(seen.filter(({ status }) => status !== 200).map(({ status, text }) => [status, text]), []);
});

test('when those that it asks stand still, it answers within two seconds from what it knows, and says how old that is', async (t) => {
  const stack = await startStack(t, { checks });
  await stack.sync();
  /** The quickest of some: a loaded machine is slow now and then. */
  const quickest = async (route) => {
    let best = Number.POSITIVE_INFINITY;
    let answer;
    for (let i = 0; i < 4; i++) {
      const began = performance.now();
      answer = await stack.get(route, { as: 'admin' });
      best = Math.min(best, performance.now() - began);
    }
    assert.ok(best < 2000, `${route}: ${best} ms at best`);
    return answer;
  };
  /** Twice as many at once as there are workers: none waits for the others' patience. */
  const crowd = async () => {
    const began = performance.now();
    const answers = await Promise.all(Array.from({ length: 8 }, () => stack.get('/admin/health', { as: 'admin' })));
    return { answers, ms: performance.now() - began };
  };

  /** By every worker: each remembers for a second that it got no answer. */
  const heardAgain = () => until('it is heard again', async () => (await crowd()).answers.every(({ json }) => json.source === 'scheduler'));

  await t.test('the scheduler', async () => {
    stack.signal('scheduler', 'SIGSTOP');
    const { json } = await quickest('/admin/health');
    assert.deepEqual([json.source, json.services[0].stale, json.ready], ['database', true, false]);
    assert.equal((await quickest('/admin/health/a')).json.stale, true);
    assert.equal((await quickest('/health')).status, 503);
    await crowd(); // every worker has asked in vain within the last second
    stack.signal('scheduler', 'SIGCONT');
    // The answers that it owes are sent before the one to this question, and every worker sees that its own has come.
    assert.equal((await stack.control({ op: 'status' })).ok, true);
    assert.ok((await crowd()).answers.every(({ json }) => json.source === 'scheduler'));
  });

  await t.test('Postgres', async () => {
    await stack.postgres.freeze();
    const { json } = await quickest('/admin/health');
    assert.deepEqual([json.source, json.services[0].status, json.services[0].stale], ['scheduler', 'healthy', false]);
    assert.equal((await quickest('/admin/health/a')).json.history_available, false);
    const { status, headers } = await quickest('/admin/health/uptime');
    assert.deepEqual([status, headers['retry-after']], [503, '5']);
    const who = await quickest('/admin/session');
    assert.equal(who.status, 200);
    stack.postgres.resume();
    await until('history is there again', async () => (await stack.get('/admin/health/a', { as: 'admin' })).json.history_available);
  });

  await t.test('both: an answer in words, for many at once too', async () => {
    stack.signal('scheduler', 'SIGSTOP');
    await stack.postgres.freeze();
    const { answers, ms } = await crowd();
    assert.ok(answers.every(({ status, json }) => status === 503 && json.type === '/problems/unavailable'));
    assert.ok(ms < 6000, `${ms} ms for eight`);
    assert.equal((await quickest('/health')).status, 503);
    assert.equal((await quickest('/health/live')).status, 200);
    stack.signal('scheduler', 'SIGCONT');
    stack.postgres.resume();
    await heardAgain();
  });
});
