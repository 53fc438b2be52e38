// What an admin does in a browser: the checklist and the gate, actions on a service, its log; and that whoever may only look sees no lever.
import assert from 'node:assert/strict';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { assertAccessible, cardOf, closePage, openBrowser, openKnown, waitForText } from './browser.mjs';
import { startStage, until } from './stage.mjs';

let stage;
let browser;

before(async () => {
  stage = await startStage();
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await stage?.stop();
});

const preflight = (name, title) => `preflight { name = "${name}", title = "${title}", every = "500ms", grace = "0s",
  run = function() http.get(settings.url .. "/${name}", { timeout = "60s" }):expect(200) end, timeout = "60s" }`;
const itemOf = (page, title) => page.getByRole('listitem').filter({ hasText: title });
const panelOf = (page, title) => page.getByRole('dialog', { name: title, exact: true });

test('the checklist puts what failed first and says what to do; it can be let pass for a reason and a while, and made to count again', async () => {
  const page = await openKnown(browser, stage, { at: '#/checklist' });
  await page.getByRole('heading', { name: 'The gate is open: generation may start' }).waitFor();
  stage.says.models = 1;
  const item = itemOf(page, 'The model files are there');
  await waitForText(item, /required\s*failed/);
  await waitForText(item, 'base.safetensors is missing');
  await waitForText(item, 'Copy the missing file.');
  await waitForText(page.getByRole('main').getByRole('listitem').first(), 'The model files are there');
  await page.getByRole('heading', { name: 'The gate is closed: generation is held' }).waitFor();

  await item.getByRole('button', { name: 'Let it pass' }).click();
  const dialog = page.getByRole('dialog', { name: 'Let pass: The model files are there' });
  const submit = dialog.getByRole('button', { name: 'Let it pass' });
  assert.equal(await submit.isDisabled(), true, 'no reason yet');
  await dialog.getByLabel(/^Reason/).fill('too short');
  assert.equal(await submit.isDisabled(), true, 'nine characters');
  await dialog.getByLabel(/^Reason/).fill('the copy is on its way');
  assert.equal(await submit.isDisabled(), true, 'nobody has answered for it');
  await dialog.getByLabel(/^It is required/).check();
  await dialog.getByLabel('For how long').selectOption({ label: '15 min' });
  await assertAccessible(page, 'override');
  await submit.click();
  await dialog.waitFor({ state: 'hidden' });
  await waitForText(item, /let pass.*admin lets it pass: the copy is on its way until/s);
  await page.getByRole('heading', { name: /gate is open/ }).waitFor();
  const [{ override }] = (await stage.stack.get('/admin/health/startup-checklist', { as: 'viewer' })).json.checks.filter((one) => one.override);
  const minutes = (Date.parse(override.expires_at) - Date.now()) / 60_000;
  assert.ok(minutes > 13 && minutes <= 15, `${minutes} minutes`);

  await item.getByRole('button', { name: 'Let it count again' }).click();
  await waitForText(item, /failed/);
  await page.getByRole('heading', { name: /gate is closed/ }).waitFor();
  stage.says.models = 0;
  await page.getByRole('heading', { name: /gate is open/ }).waitFor();

  // Every change of the flag stands in its history, the newest first, with who and why.
  const rows = page.getByRole('table').getByRole('row');
  await waitForText(rows.nth(1), /opened/);
  const said = (await rows.allInnerTexts()).map((text) => /opened|closed/.exec(text)?.[0]).filter(Boolean);
  assert.deepEqual(said, ['opened', 'closed', 'opened', 'closed', 'opened']);
  await waitForText(page.getByRole('table').getByRole('row', { name: /let pass|overrid/i }).first(), 'admin');
  await closePage(page);
});

test('a check that nothing is known of yet is shown as loading', async () => {
  const page = await openKnown(browser, stage, { at: '#/checklist' });
  stage.says.slow = 'silent';
  await stage.stack.writeCheck('slow.lua', preflight('slow', 'The slow one'));
  const item = itemOf(page, 'The slow one');
  await waitForText(item, /waiting|running/);
  assert.equal(await item.getAttribute('aria-busy'), 'true');
  await assertAccessible(page, 'checklist with one that is loading');
  stage.says.slow = 0;
  await stage.stack.removeCheck('slow.lua');
  await item.waitFor({ state: 'detached' });
  await closePage(page);
});

test('a restart wants the name typed, is seen as it goes on, and says whether it helped', async () => {
  stage.says['comfyui-1'] = 2;
  const page = await openKnown(browser, stage);
  await waitForText(cardOf(page, 'ComfyUI 1'), 'Down');
  await page.getByRole('link', { name: 'ComfyUI 1' }).click();
  const panel = panelOf(page, 'ComfyUI 1');
  await panel.getByRole('button', { name: 'Restart', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Restart: ComfyUI 1' });
  const sure = dialog.getByRole('button', { name: 'Restart', exact: true });
  assert.equal(await sure.isDisabled(), true);
  await dialog.getByLabel(/^To confirm, type/).fill('comfyui-2');
  assert.equal(await sure.isDisabled(), true);
  await dialog.getByLabel(/^To confirm, type/).fill('comfyui-1');
  await assertAccessible(page, 'confirmation');
  await sure.click();
  const progress = panel.getByRole('status').filter({ hasText: 'Restart' });
  await waitForText(progress, /Restart: it helped/);
  await waitForText(progress, /It was well again after \d/);
  await panel.getByText('Healthy').first().waitFor();
  assert.equal(stage.says['comfyui-1'], 0, 'the thing itself was asked');
  await waitForText(panel.locator('section', { hasText: 'Recent actions' }), /admin\s*Restart, it helped/);
  await waitForText(panel.locator('section', { hasText: 'Recent audit rows' }), /admin\s*restart/);
  await closePage(page);
});

test('diagnose, check now and an action of its own tell what they found', async () => {
  const page = await openKnown(browser, stage, { at: '#/service/comfyui-1' });
  const panel = panelOf(page, 'ComfyUI 1');
  await panel.getByRole('button', { name: 'Diagnose' }).click();
  const progress = panel.getByRole('status');
  await waitForText(progress.filter({ hasText: 'Diagnose: done' }), /queue"?:?\s*3/);
  await panel.getByRole('button', { name: 'Check now' }).click();
  await progress.filter({ hasText: 'Check now: done' }).waitFor();
  await panel.getByRole('button', { name: 'Free the memory' }).click();
  const dialog = page.getByRole('dialog', { name: 'Free the memory: ComfyUI 1' });
  await dialog.getByLabel(/^To confirm, type/).fill('comfyui-1');
  await dialog.getByLabel(/^To confirm, type/).press('Enter');
  await waitForText(progress, '2 GiB are free');
  await assertAccessible(page, 'an action that has ended');

  // What fails says why, and the button is there for another try.
  stage.says['comfyui-1'] = 'silent';
  await progress.getByRole('button', { name: 'Close' }).click();
  await panel.getByRole('button', { name: 'Check now' }).click();
  await waitForText(panel.getByRole('status'), /Check now: under way/);
  stage.says['comfyui-1'] = 0;
  await closePage(page);
});

test('somebody takes a trouble in hand, everybody sees who, and lets go of it', async () => {
  stage.says.storage = 2;
  const page = await openKnown(browser, stage);
  await waitForText(cardOf(page, 'Storage'), 'Down');
  await cardOf(page, 'Storage').getByRole('link', { name: 'Storage' }).click();
  const panel = panelOf(page, 'Storage');
  await panel.getByRole('button', { name: 'I have it in hand' }).click();
  const dialog = page.getByRole('dialog', { name: 'I have it in hand' });
  await dialog.getByLabel('Note').fill('a new disk is coming');
  await assertAccessible(page, 'acknowledging');
  await dialog.getByRole('button', { name: 'I have it in hand' }).click();
  await panel.getByRole('button', { name: 'Not in hand any more' }).waitFor();
  await page.keyboard.press('Escape');
  await waitForText(cardOf(page, 'Storage'), /admin has it in hand.*a new disk is coming/s);

  const other = await openKnown(browser, stage.viewer);
  await waitForText(cardOf(other, 'Storage'), /admin has it in hand/);
  await page.getByRole('link', { name: 'Storage' }).click();
  await panel.getByRole('button', { name: 'Not in hand any more' }).click();
  await panel.getByRole('button', { name: 'I have it in hand' }).waitFor();
  await cardOf(other, 'Storage').getByText('has it in hand').waitFor({ state: 'detached' });
  stage.says.storage = 0;
  await closePage(other);
  await closePage(page);
});

test('the log follows until one scrolls up to read, is searched, copied and downloaded', async () => {
  const line = (n) => `${n} ${n % 40 === 0 ? 'Out of Memory' : 'sampling'}`;
  await writeFile(stage.log, `${Array.from({ length: 90 }, (_, i) => line(i + 1)).join('\n')}\n`);
  const page = await openKnown(browser, stage, { at: '#/service/comfyui-1', permissions: ['clipboard-read', 'clipboard-write'] });
  await panelOf(page, 'ComfyUI 1').getByRole('button', { name: 'Logs' }).click();
  const dialog = page.getByRole('dialog', { name: 'Log' });
  const log = dialog.getByRole('log');
  const fromEnd = () => log.evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight);
  await waitForText(log, '90 sampling');
  await until('it is at the end', async () => (await fromEnd()) < 2);
  await appendFile(stage.log, '91 done\n');
  await waitForText(log, '91 done');
  await until('it has followed', async () => (await fromEnd()) < 2);
  await assertAccessible(page, 'log');

  await log.focus();
  await page.keyboard.press('Home');
  const follow = dialog.getByLabel('Follow');
  await until('the beginning is reached', () => log.evaluate((element) => element.scrollTop === 0));
  assert.equal(await follow.isChecked(), false);
  await appendFile(stage.log, '92 later\n');
  await follow.check();
  await waitForText(log, '92 later');
  await until('it is at the end again', async () => (await fromEnd()) < 2);

  await dialog.getByPlaceholder('Find in the log').fill('out of memory');
  await waitForText(dialog.getByRole('status'), '2 lines');
  assert.deepEqual(await log.locator('mark').allInnerTexts(), ['Out of Memory', 'Out of Memory']);

  const whole = (await readFile(stage.log, 'utf8')).trimEnd();
  await dialog.getByRole('button', { name: 'Copy' }).click();
  await dialog.getByText('Copied').waitFor();
  assert.equal((await page.evaluate(() => navigator.clipboard.readText())).trimEnd(), whole);
  const [download] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name: 'Download' }).click()]);
  assert.equal(download.suggestedFilename(), 'comfyui-1.log');
  assert.equal((await readFile(await download.path(), 'utf8')).trimEnd(), whole);
  await closePage(page);
});

test('whoever may only look sees no lever on any page', async () => {
  stage.says.models = 1;
  stage.says.storage = 2;
  const page = await openKnown(browser, stage.viewer, { at: '#/checklist' });
  await waitForText(itemOf(page, 'The model files are there'), 'failed');
  const levers = /Let it pass|count again|Run all now|Restart|Diagnose|Check now|Free the memory|Logs|in hand|Change|Test|Plan|Remove|Save/;
  const none = async (what) => assert.deepEqual(await page.getByRole('main').or(page.getByRole('dialog')).getByRole('button', { name: levers }).allInnerTexts(), [], what);
  await none('checklist');
  for (const [at, seen] of [
    ['#/service/comfyui-1', panelOf(page, 'ComfyUI 1').getByText('Measures')],
    ['#/service/storage', panelOf(page, 'Storage').getByText('Measures')],
    ['#/alerts', page.getByRole('heading', { name: 'By service' })],
    ['#/alerts?view=maintenance', page.getByText(/No maintenance is planned/)],
    ['#/alerts/storage', page.getByRole('heading', { name: 'By service' })],
    ['#/service/comfyui-1?view=logs', panelOf(page, 'ComfyUI 1').getByText('Measures')],
  ]) {
    await page.goto(stage.url + at);
    await seen.first().waitFor();
    await none(at);
    assert.equal(await page.getByRole('link', { name: /^Change/ }).count(), 0, at);
    assert.equal(await page.getByRole('log').count(), 0, at);
  }
  stage.says.models = 0;
  stage.says.storage = 0;
  await closePage(page);
});
