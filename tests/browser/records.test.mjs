// What is on record: who did what, by any of its filters; and which files of checks are loaded, broken or at rest.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, closePage, openBrowser, openKnown, waitForText } from './browser.mjs';
import { startStage, until } from './stage.mjs';

let stage;
let browser;

before(async () => {
  // A crash is met as it is, not by the sanitizer, which would make a report of it.
  stage = await startStage({ env: { ASAN_OPTIONS: 'detect_leaks=1:handle_segv=0' } });
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await stage?.stop();
});

const post = (route, body = {}) =>
  stage.stack.get(route, { as: 'admin', method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });

test('the audit says who did what to what, and is filtered by each of them and by time', async () => {
  for (const name of ['storage', 'uploads']) await post(`/admin/health/${name}/recheck`);
  await post('/admin/health/comfyui-1/restart', { confirm: 'comfyui-1' });
  await stage.stack.postgres.exec(`SELECT signalbox_audit('operator', '::1', 'override', 'models', '{"reason": "known"}', 'done', now() - interval '3 days')`, {
    user: 'postgres',
  });
  const rows = () => page.getByRole('row').count();
  const page = await openKnown(browser, stage, { at: '#/audit' });
  await waitForText(page.getByRole('row').nth(1), /admin/);
  await waitForText(page.getByRole('table'), /storage/);
  await assertAccessible(page, 'audit');
  const only = async (what, count) => until(what, async () => (await rows()) === count + 1);

  await page.getByLabel('Who').fill('operator');
  await only('one row of the operator', 1);
  await waitForText(page.getByRole('row').nth(1), /override.*models.*reason known.*done/s);
  await page.getByLabel('Who').fill('');
  await page.getByLabel('To what').fill('storage');
  await until('only storage', async () => (await page.getByRole('row').filter({ hasText: 'storage' }).count()) === (await rows()) - 1 && (await rows()) > 1);
  await page.getByLabel('To what').fill('');
  await page.getByLabel('What', { exact: true }).fill('restart');
  await waitForText(page.getByRole('row').nth(1), 'comfyui-1');
  await page.reload();
  await waitForText(page.getByRole('row').nth(1), 'comfyui-1');
  assert.equal(await page.getByLabel('What', { exact: true }).inputValue(), 'restart', 'the address has kept it');
  await page.getByLabel('What', { exact: true }).fill('');
  const day = new Date(Date.now() - 86_400_000);
  const field = `${day.getFullYear()}-${String(day.getMonth() + 1).padStart(2, '0')}-${String(day.getDate()).padStart(2, '0')}`;
  await page.getByLabel('To', { exact: true }).fill(field);
  await only('what is older than a day', 1);
  await waitForText(page.getByRole('row').nth(1), 'operator');
  await page.getByLabel('From').fill(field);
  await page.getByText('No row fits that.').waitFor();
  await closePage(page);
});

test('a broken file is named with its line, its last good version stays in use, and mending it mends the page', async () => {
  const { stack } = stage;
  await stack.writeCheck('extra.lua', 'service { name = "extra", title = "One more", every = "1s", probe = function() end }');
  const page = await openKnown(browser, stage, { at: '#/checks' });
  const file = page.getByRole('listitem').filter({ hasText: 'extra.lua' });
  await waitForText(file, /loaded.*One more/s);
  await waitForText(page.getByRole('main'), /\d files?, all loaded\./);
  await stack.writeCheck('extra.lua', 'service {\n  name = "extra",\n  every = = "1s",\n}');
  await waitForText(file, /broken.*extra\.lua:3:.*Its last good version stays in use:.*One more/s);
  await waitForText(page.getByRole('main').getByRole('listitem').first(), 'extra.lua');
  await waitForText(page.getByRole('main'), /one is broken/);
  await assertAccessible(page, 'a broken file');
  await page.getByRole('link', { name: 'Overview' }).click();
  await waitForText(page.locator('.broken-files'), /extra\.lua:3:/);
  await page.goBack();
  await stack.removeCheck('extra.lua');
  await waitForText(page.getByRole('main'), /all loaded\./);
  await closePage(page);
});

test('a script that ended its runner again and again is said to rest, why and until when', async () => {
  const { stack } = stage;
  await stack.writeCheck('stuck.lua', `service { name = "stuck", title = "The stuck one", every = "1s", timeout = "1s", fall = 1, probe = function()
    return { x = ("a"):rep(3000):find((".-"):rep(10) .. "b") }
  end }`);
  const page = await openKnown(browser, stage, { at: '#/checks' });
  const resting = page.getByRole('region', { name: 'Scripts that rest' });
  await waitForText(resting, /The stuck one: Its script ended its runner \d times.*It rests until.*stuck\.lua: did not come back/s);
  await assertAccessible(page, 'a script that rests');
  await stack.removeCheck('stuck.lua');
  await resting.waitFor({ state: 'detached' });
  await closePage(page);
});

test('what of the checklist is being looked at again is marked, also when it has passed', async () => {
  const page = await openKnown(browser, stage, { at: '#/checklist' });
  const item = page.getByRole('listitem').filter({ hasText: 'There is room on the disks' });
  await waitForText(item, 'passed');
  stage.says.disk = 'silent';
  await waitForText(item.locator('.item-again'), 'running');
  await waitForText(item, 'passed');
  await assertAccessible(page, 'checklist, while it runs');
  stage.says.disk = 0;
  await closePage(page);
});
