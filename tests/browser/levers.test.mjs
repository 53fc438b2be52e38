// Levers of the page on a service that really has them: a restart, and how often it has helped; a log that is written while one looks at it.
import assert from 'node:assert/strict';
import { appendFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { assertAccessible, closePage, openBrowser, openKnown, waitForText } from './browser.mjs';
import { startStack } from './stack.mjs';

let stack;
let browser;
const at = (name) => path.join(stack.directory, name);

before(async () => {
  stack = await startStack();
  browser = await openBrowser();
  await writeFile(at('flag'), 'ill');
  await writeFile(at('app.log'), 'first line\npassword=hunter2\n');
  await writeFile(at('checks.d/lever.lua'), `
    service {
      name = "lever", title = "Lever", every = "1s", fall = 1,
      probe = function() return { says = fs.read "${at('flag')}" } end,
      limits = { says = { down = "~= 'well'" } },
      restart = function() proc.run({ "tee", "${at('flag')}" }, { stdin = "well" }) end,
      logs = file.tail "${at('app.log')}",
    }`);
});

after(async () => {
  await browser?.close();
  await stack?.stop();
});

test('a restart, whether it helped, and how often it has', async () => {
  const page = await openKnown(browser, stack, { at: '#/service/lever' });
  const panel = page.getByRole('dialog').first();
  const restart = async (before) => {
    await page.getByRole('button', { name: 'Restart', exact: true }).click();
    const dialog = page.getByRole('dialog').last();
    await waitForText(dialog, /interrupted/);
    if (before) await waitForText(dialog, before);
    else assert.doesNotMatch(await dialog.innerText(), /so far/);
    await dialog.getByRole('textbox').fill('lever');
    await dialog.getByRole('button', { name: 'Restart', exact: true }).click();
  };
  await restart(null);
  await waitForText(panel, /it helped/);
  await waitForText(panel, /Done 1 time so far; it helped 1\./);
  await restart(/Done 1 time so far; it helped 1\./);
  await waitForText(panel, /Done 2 times so far; it helped 2\./);
  await closePage(page);
});

test('a log is followed as it is written, over its rotation', async () => {
  const page = await openKnown(browser, stack, { at: '#/service/lever' });
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.getByRole('button', { name: 'Logs', exact: true }).click();
  const log = page.getByRole('log');
  await waitForText(log, /first line.*password=\*\*\*/s);
  await appendFile(at('app.log'), 'written while one looks\n');
  await waitForText(log, /written while one looks/);
  await rename(at('app.log'), at('app.log.1'));
  await writeFile(at('app.log'), 'in the new file\n');
  await waitForText(log, /written while one looks.*in the new file/s);
  assert.deepEqual((await log.innerText()).trim().split(/\n+/), ['first line', 'password=***', 'written while one looks', 'in the new file']);
  assert.ok(asked.some((url) => url.includes('/admin/health/lever/logs/follow?lines=100')), 'by the stream');
  assert.ok(!asked.some((url) => url.includes('/admin/health/lever/logs?')), 'and nothing was asked for beside it');
  await assertAccessible(page, 'log');
  await closePage(page);
});
