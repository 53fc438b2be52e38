// `signalbox status`: once, again and again for another program, and in place on a terminal.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import test from 'node:test';
import { runProgram } from './lib/program.mjs';
import { program, startStack, until } from './lib/stack.mjs';

const checks = {
  'a.lua': `service { name = "fine", every = "24h", probe = function() end }
            service { name = "ill", every = "24h", fall = 1, probe = function() error("not \\27[2J well") end }`,
};

/** A program whose output is gathered; ended with the test. */
function watchProgram(t, command) {
  const child = spawn(command[0], command.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
  const it = { text: '', ended: once(child, 'exit'), type: (text) => child.stdin.write(text), signal: (name) => child.kill(name) };
  child.stdout.setEncoding('utf8').on('data', (data) => (it.text += data));
  t.after(() => child.kill('SIGKILL'));
  return it;
}

/** What the last whole frame on a terminal shows, without colours and movements. */
const screenOf = (text) => (text.split('\x1b[H').findLast((frame) => frame.includes('\x1b[J')) ?? '').replace(/\x1b\[[0-9;?]*[a-zA-Z]/g, '');

test('signalbox status', async (t) => {
  const stack = await startStack(t, { checks });
  const control = ['--control', stack.file('run/scheduler.sock')];
  const command = [program('signalbox'), 'status', ...control];
  await stack.firstRuns();

  await t.test('once: lines without colours for another program, and an exit status that says how things are', async () => {
    const told = await runProgram(command).catch((error) => error);
    assert.equal(told.code, 1);
    assert.match(told.stdout, /^healthy {3}fine /m);
    assert.match(told.stdout, /^no data +ill .*not {2}\[2J well$/m);
    assert.ok(!told.stdout.includes('\x1b'), 'nothing that a terminal obeys, not even from what a check said');
    for (const wrong of [['--interval', 'often'], ['--interval', '1ms'], ['--interval', '2d'], ['extra']])
      assert.equal((await runProgram([...command, '--watch', ...wrong]).catch((error) => error)).code, 2, `${wrong}`);
  });

  await t.test('the instance is found by its state directory: socket, users, tokens, database', async () => {
    const about = (words, SIGNALBOX_STATE = stack.directory) => runProgram([program('signalbox'), ...words], { env: { SIGNALBOX_STATE } }).catch((error) => error);
    assert.match((await about(['status'])).stdout, /^healthy {3}fine /m);
    assert.match((await about(['user', 'list'])).stdout, /^admin /m);
    assert.equal((await about(['token', 'list'])).code, 0);
    assert.match((await about(['audit', 'verify'])).stdout, /whole/);
    const nowhere = stack.file('nowhere');
    const { stderr, code } = await about(['status'], nowhere);
    assert.equal(code, 2);
    assert.match(stderr, new RegExp(`the scheduler is not running .*${nowhere}/run/scheduler.sock`));
    assert.match((await about(['migrate'], nowhere)).stderr, /where is Postgres\?.*SIGNALBOX_STATE\/pg/);
  });

  await t.test('watched by another program: one answer after the other, as text or as JSON', async () => {
    const text = watchProgram(t, [...command, '--watch', '--interval', '100ms']);
    const json = watchProgram(t, [...command, '--watch', '--interval', '100ms', '--json']);
    await until('several came', () => text.text.split('every 100ms').length > 3 && json.text.split('\n').length > 3);
    assert.ok(!text.text.includes('\x1b'));
    for (const line of json.text.split('\n').slice(0, 3)) assert.equal(JSON.parse(line).services.length, 2);
    for (const watched of [text, json]) {
      watched.signal('SIGINT');
      assert.deepEqual(await watched.ended, [null, 'SIGINT']);
    }
  });

  await t.test('on a terminal: drawn in place, follows what happens, cut to its size, and given back as it was', async () => {
    const line = `stty rows 6 cols 40; exec ${[...command, '--watch', '--interval', '100ms'].join(' ')}`;
    const watched = watchProgram(t, ['script', '--quiet', '--flush', '--return', '--command', line, '/dev/null']);
    await until('it is drawn', () => /healthy {3}fine/.test(screenOf(watched.text)));
    assert.match(watched.text, /\x1b\[32mhealthy/, 'in colour');
    assert.equal(watched.text.split('\x1b[?1049h').length, 2, 'the alternate screen, entered once');
    const lines = screenOf(watched.text).split('\r\n');
    assert.equal(lines.length, 6);
    assert.match(lines[5], /^and \d+ lines more$/);
    assert.ok(lines.every((one) => one.length <= 40), lines.join('\n'));

    await stack.writeCheck('a.lua', 'service { name = "another", every = "24h", probe = function() end }');
    await until('a change is shown', () => /healthy {3}another/.test(screenOf(watched.text)) && !screenOf(watched.text).includes('fine'));
    await stack.kill('scheduler');
    await until('silence too', () => /^signalbox status: the scheduler/m.test(screenOf(watched.text)));
    await stack.start('scheduler');
    await until('and that it is back', () => /healthy {3}another/.test(screenOf(watched.text)));

    watched.type('\x03');
    await watched.ended;
    assert.ok(watched.text.trimEnd().endsWith('\x1b[?25h\x1b[?1049l'), JSON.stringify(watched.text.slice(-80)));
  });
});
