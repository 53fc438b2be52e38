// Where log lines come from: files that are rotated, mounts that hang, the journal.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFile, link, mkdir, rename, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import test from 'node:test';
import { openDesk } from './lib/desk.mjs';
import { canMount, mountHung } from './lib/mounts.mjs';
import { noNamespaces } from './lib/namespaces.mjs';
import { bootSystemd } from './lib/systemd.mjs';
import { until } from './lib/until.mjs';

const numbered = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => `line ${from + i}\n`).join('');

test('the end of a file, over every kind of rotation', async (t) => {
  const desk = await openDesk(t);
  const log = desk.at('app.log');
  const tail = async (lines, file = log) => {
    const { measures, error_message } = await desk.probe(`return { text = file.tail("${file}").run(${lines}) }`);
    return measures?.text ?? error_message;
  };
  assert.match(await tail(5), /^file\.tail: .*app\.log: No such file or directory$/);
  await writeFile(log, numbered(1, 200));
  assert.equal(await tail(3), numbered(198, 200));
  assert.equal(await tail(''), numbered(101, 200), 'a hundred lines when nobody says how many');

  await rename(log, `${log}.1`);
  assert.equal(await tail(3), numbered(198, 200), 'between the renaming and the new file');
  await writeFile(log, numbered(201, 202));
  assert.equal(await tail(5), numbered(198, 202), 'the new file has too few');

  await rename(`${log}.1`, `${log}.2.gz`);
  await writeFile(`${log}-errors`, 'of another program\n');
  await writeFile(`${log}.lock`, 'no log\n');
  assert.equal(await tail(5), numbered(201, 202), 'neither compressed ones nor strangers are read');
  await writeFile(`${log}-20261123`, numbered(1, 9));
  await writeFile(`${log}-20261124`, numbered(150, 200));
  await utimes(`${log}-20261123`, 1e9, 1e9);
  assert.equal(await tail(5), numbered(198, 202), 'the newest of those with dates');

  await utimes(log, new Date(), new Date(Date.now() + 60000));
  await link(log, `${log}.1`);
  assert.equal(await tail(5), numbered(198, 202), 'itself by another name, as in the middle of a rotation, is not read twice');
  await rm(`${log}.1`);

  await truncate(log);
  assert.equal(await tail(2), numbered(199, 200), 'copied and truncated');
  await appendFile(log, 'password=hunter2 \x1b[31mred\x1b[0m\nno newline at the end');
  assert.equal(await tail(2), 'password=*** red\nno newline at the end');
  await writeFile(log, Buffer.concat([Buffer.from('bad \xff\xfe bytes\n', 'latin1'), Buffer.alloc(5e6, 'x'), Buffer.from('\n'), Buffer.from(numbered(1, 4))]));
  assert.equal(await tail(4), numbered(1, 4));
  const much = await tail(1000);
  assert.ok(much.endsWith(numbered(1, 4)) && much.length <= 128 * 1024, `${much.length}`);
  await symlink(log, desk.at('link.log'));
  assert.equal(await tail(1, desk.at('link.log')), 'line 4\n');
});

test('what is no file to read', async (t) => {
  const desk = await openDesk(t);
  await mkdir(desk.at('directory'));
  execFileSync('mkfifo', [desk.at('pipe')]);
  const tail = async (file) => (await desk.probe(`return { text = file.tail("${file}").run(5) }`)).error_message;
  for (const file of [desk.at('directory'), desk.at('pipe'), '/dev/zero', '/dev/null']) assert.match(await tail(file), /: is no ordinary file$/, file);
  assert.match(await tail('relative.log'), /an absolute path is needed/);
  assert.match(await tail(desk.at('directory/nothing/x')), /No such file or directory/);
  if (!(await canMount(desk.at('try')))) return t.diagnostic('no right to mount here: a mount that hangs is not tested');
  const mounted = await mountHung(t, desk.at('hung'));
  const hung = await desk.probe(`file.tail("${desk.at('hung')}/app.log", { timeout = "500ms" }).run(5)`);
  await mounted.release(); // before the desk's folder goes
  assert.equal(hung.status, 'down');
  assert.match(hung.error_message, /the file system has not answered/);
});

test('the journal of a real systemd', { skip: noNamespaces() }, async (t) => {
  const talk = '#!/bin/sh\ni=1; while [ $i -le 150 ]; do echo line $i; i=$((i+1)); done; echo token: abc; printf "bad \\377 bytes\\n"; exec sleep infinity\n';
  const { journal, bus } = await bootSystemd(t, {
    files: { '/talk': talk, '/etc/systemd/system/talks.service': '[Service]\nExecStart=/bin/sh /talk\n', '/etc/systemd/system/quiet.service': '[Service]\nExecStart=/bin/true\n' },
    wanted: ['talks.service'],
  });
  const desk = await openDesk(t);
  const read = async (unit, lines, more = '') => {
    const source = `journal.unit("${unit}", { directory = "${journal}"${more} })`;
    const { measures, error_message } = await desk.probe(`return { text = ${source}.run(${lines}) }`);
    return measures?.text ?? error_message;
  };
  assert.ok(bus);
  await until('the journal has all of it', async () => (await read('talks', 5)).includes('bad'));
  const text = await read('talks', 100);
  assert.equal(text.trimEnd().split('\n').length, 100);
  assert.match(text, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S+ under-test \S+: line 53\n/);
  assert.match(text, /: token: \*\*\*\n.*bad .* bytes\n$/s);
  const after = async (cursor, lines) => {
    const { measures } = await desk.probe(
      `local more = journal.unit("talks", { directory = "${journal}" }).run { lines = ${lines}, after = "${cursor}" } return more`,
    );
    return measures;
  };
  const first = await after('', 2);
  assert.match(first.text, /: token: \*\*\*\n.*bad .* bytes\n$/s);
  const none = await after(first.cursor, 100);
  assert.deepEqual([none.text, none.gap], ['', false], 'nothing has come since');
  await desk.probe(`return { pid = systemd.unit("talks", { bus = "${bus}", settle = "1ms" }).run().pid }`);
  const more = await until('what has come since', async () => { const now = await after(first.cursor, 1000); return now.text.includes('bad') && now; });
  assert.equal(more.text.match(/: line \d+\n/g).length, 150);
  assert.deepEqual([more.gap, (await after(first.cursor, 20)).gap], [false, true], 'more than were asked for');
  assert.equal((await after(more.cursor, 5)).text, '');
  assert.equal(await read('nobody.service', 5), '', 'one that has never written anything');
  assert.match(await read('../x.service', 5), /a unit's name such as "comfyui\.service" is needed/);
  await rm(desk.at('secrets'), { recursive: true });
  const nowhere = (await desk.probe('journal.unit("x", { directory = "/nowhere" }).run(5)')).error_message;
  assert.match(nowhere, /^journal: x\.service: .*(No such file|Failed to open)/);
});
