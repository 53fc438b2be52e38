// Logs that are followed: what is written arrives, once and in order, over rotations, without secrets, within bounds.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, copyFile, rename, truncate, writeFile } from 'node:fs/promises';
import http from 'node:http';
import test from 'node:test';
import { program, shipped, startStack, until } from './lib/stack.mjs';

const basic = (name, password) => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
const numbered = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => `line ${from + i}`);
const text = (lines) => lines.map((line) => `${line}\n`).join('');

/** Follows; `lines` and `pieces` grow. */
function follow(t, stack, service, { lines: first, headers = {} } = {}) {
  return new Promise((resolve, reject) => {
    const request = http.get(
      {
        socketPath: stack.file('run/http.sock'),
        path: `/admin/health/${service}/logs/follow${first ? `?lines=${first}` : ''}`,
        headers: { Authorization: basic('admin', 'correct horse'), Accept: 'text/event-stream', ...headers },
      },
      (response) => {
        const pieces = [];
        const lines = [];
        let rest = '';
        response.setEncoding('utf8');
        response.on('data', (data) => {
          const blocks = (rest + data).split('\n\n');
          rest = blocks.pop();
          for (const block of blocks) {
            const fields = Object.fromEntries(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]));
            if (fields.event !== 'lines') continue;
            const piece = JSON.parse(fields.data);
            pieces.push(piece);
            lines.push(...piece.lines);
          }
        });
        response.on('error', () => {});
        resolve({ status: response.statusCode, headers: response.headers, pieces, lines, close: () => request.destroy() });
      },
    );
    request.on('error', reject);
    t.after(() => request.destroy());
  });
}

test('following a log', async (t) => {
  const stack = await startStack(t, {
    checks: async (s) => {
      await writeFile(s.file('app.log'), text(numbered(1, 20)));
      await writeFile(s.file('own.log'), text(numbered(1, 20)));
      return {
        'things.lua': `
          service { name = "app", every = "1h", probe = function() end, logs = file.tail "${s.file('app.log')}" }
          service { name = "own", every = "1h", probe = function() end, logs = function() return fs.read "${s.file('own.log')}" end }
          service { name = "gone", every = "1h", probe = function() end, logs = file.tail "${s.file('gone.log')}" }
          service { name = "mute", every = "1h", probe = function() end }`,
        'channels/dashboard.lua': await shipped('channels/dashboard.lua'),
      };
    },
    settings: (s) => ({ dashboard: { socket: s.file('run/publish.sock') }, logs: { mask: ['X-Render-Key: '] } }),
  });
  const log = stack.file('app.log');

  await t.test('for admins, of services that have one', async (t) => {
    for (const [service, status, headers] of [
      ['app', 401, { Authorization: '' }],
      ['app', 403, { Authorization: basic('viewer', 'battery staple') }],
      ['app', 406, { Accept: 'application/json' }],
      ['mute', 409],
      ['nobody', 404],
    ])
      assert.equal((await follow(t, stack, service, { headers })).status, status, `${service} ${status}`);
    assert.equal((await follow(t, stack, 'app', { lines: 'many' })).status, 400);
    const { status, headers } = await follow(t, stack, 'app');
    assert.equal(status, 200);
    assert.match(headers['content-type'], /^text\/event-stream/);
    assert.equal(headers['access-control-allow-origin'], undefined);
  });

  const watching = await follow(t, stack, 'app', { lines: 5 });
  const comes = (line) => until(`${line} comes`, () => watching.lines.includes(line), 30);
  const expected = numbered(16, 20);
  const write = async (lines) => {
    await appendFile(log, text(lines));
    expected.push(...lines);
    await comes(lines.at(-1));
  };

  await t.test('the last lines, and then what is written', async () => {
    await comes('line 20');
    await write(numbered(21, 22));
    await appendFile(log, 'half');
    await until('it has been looked at again', () => { const n = watching.pieces.length; return n > 2; });
    await appendFile(log, ' a line\n');
    expected.push('half a line');
    await comes('half a line');
    assert.deepEqual(watching.lines, expected);
  });

  await t.test('over every kind of rotation nothing is lost and nothing comes twice', async () => {
    await appendFile(log, text(numbered(23, 24)));
    await rename(log, `${log}.1`);
    await appendFile(`${log}.1`, 'line 25\nline 26');
    await writeFile(log, text(numbered(27, 28)));
    expected.push(...numbered(23, 28));
    await comes('line 28');
    await rename(log, `${log}-20261124`);
    await appendFile(`${log}-20261124`, 'line 29\n');
    expected.push('line 29');
    await comes('line 29');
    await writeFile(log, 'line 30\n');
    expected.push('line 30');
    await comes('line 30');
    await copyFile(log, `${log}.2`);
    await truncate(log);
    await write(['a']);
    assert.deepEqual(watching.lines, expected);
    assert.ok(watching.pieces.every(({ gap, error }) => !gap && !error), JSON.stringify(watching.pieces));
  });

  await t.test('without secrets, also of a key that is written bit by bit', async () => {
    await appendFile(log, 'password=hunter2\nX-Render-Key: abc\n\x1b[31mred\x1b[0m\n-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANB\n');
    await comes('red');
    await appendFile(log, 'kqhkiG9w0BAQE\n');
    const looks = watching.pieces.length;
    await until('it has been looked at', () => watching.pieces.length > looks);
    await appendFile(log, 'FAASCBKcwggSj\n-----END PRIVATE KEY-----\n');
    await write(['after the key']);
    assert.deepEqual(watching.lines.filter((line) => /hunter2|abc|MII|kqh|FAAS|BEGIN|END/.test(line)), []);
    assert.ok(watching.lines.includes('password=***') && watching.lines.includes('X-Render-Key: ***'));
  });

  await t.test('more than anybody can read is left out, which is said', async () => {
    await appendFile(log, text(numbered(100_000, 150_000)));
    await comes('line 150000');
    assert.ok(watching.pieces.some(({ gap }) => gap));
    assert.ok(watching.lines.length < 10_000);
  });

  await t.test('one that cannot be read yet says why, until it can', async (t) => {
    const other = await follow(t, stack, 'gone');
    await until('it says why', () => /gone\.log: No such file/.test(other.pieces.at(-1)?.error));
    await writeFile(stack.file('gone.log'), 'there\n');
    await until('it is there', () => other.lines.includes('there') && other.pieces.at(-1).error === null);
    other.close();
  });

  await t.test('one that cannot say where it was is compared with what it said before', async (t) => {
    const other = await follow(t, stack, 'own', { lines: 2 });
    await until('its last lines', () => other.lines.length);
    await appendFile(stack.file('own.log'), text(['line 20', 'line 20', 'x']));
    await until('what is new', () => other.lines.includes('x'));
    assert.deepEqual(other.lines, ['line 19', 'line 20', 'line 20', 'line 20', 'x']);
    other.close();
  });

  await t.test('the command follows too', async (t) => {
    const cli = spawn(program('signalbox'), ['logs', 'app', '--follow', '--lines', '1', '--control', stack.file('run/scheduler.sock')]);
    t.after(() => cli.kill('SIGKILL'));
    let said = '';
    cli.stdout.on('data', (data) => (said += data));
    await until('the last line', () => said === 'line 150000\n');
    await appendFile(log, 'one more\n');
    await until('what is new', () => said.endsWith('one more\n'));
    cli.kill('SIGKILL');
    await once(cli, 'exit');
  });

  await t.test('eight at a time, and those that nobody listens to any more make room', async (t) => {
    const all = [];
    const refused = await until('no more are let in', async () => {
      const one = await follow(t, stack, 'app', { lines: 1 });
      if (one.status === 429) return one;
      all.push(one);
      return null;
    });
    assert.match(refused.headers['retry-after'], /^\d+$/);
    assert.ok(all.length <= 8);
    for (const one of all) one.close();
    await until('there is room again', async () => (await follow(t, stack, 'app', { lines: 1 })).status === 200, 60);
    assert.equal(watching.pieces.at(-1).ended, null, 'whoever listens goes on');
    const before = watching.lines.length;
    await appendFile(log, 'still here\n');
    await until('it comes', () => watching.lines.slice(before).includes('still here'));
  });

  await t.test('it is in the audit trail', async () => {
    await stack.sync();
    const rows = await stack.sql(`SELECT DISTINCT actor, subject FROM audit_log WHERE action = 'follow' AND subject = 'app'`);
    assert.ok(rows.some(({ actor }) => actor === 'admin'));
  });
});
