// Every main task without a mouse: what is reached by Tab, opened by Enter or a letter, and left by Escape; and the focus is always somewhere.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cardOf, closePage, openBrowser, openKnown, openPage, waitForText } from './browser.mjs';
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

/** What has the focus, as a reader would call it. */
const focused = (page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    return (element?.getAttribute('aria-label') ?? element?.closest('label')?.textContent ?? element?.textContent ?? '').trim();
  });

/** Tabs on until what has the focus is called so; fails when it is not met among so many. */
async function tabTo(page, name, most = 60) {
  for (let n = 0; n < most; n++) {
    await page.keyboard.press('Tab');
    if (name.test(await focused(page))) return;
  }
  assert.fail(`${name} is not reached by Tab; the last was "${await focused(page)}"`);
}

test('log in, go to the checklist, let a failed check pass, make it count again', async () => {
  stage.says.models = 1;
  const page = await openPage(browser, stage, { interval: 5 });
  await page.getByLabel('Name').focus();
  await page.keyboard.type(stage.name);
  await page.keyboard.press('Tab');
  await page.keyboard.type(stage.password);
  await page.keyboard.press('Enter');
  await page.locator('article.card').first().waitFor();
  await tabTo(page, /^Checklist$/);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Let it pass' }).waitFor();
  await tabTo(page, /^Let it pass$/);
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: /^Let pass/ });
  await dialog.waitFor();
  await tabTo(page, /^Reason/);
  await page.keyboard.type('a copy is on its way');
  await tabTo(page, /^For how long/);
  await page.keyboard.press('ArrowUp');
  await tabTo(page, /^It is required/);
  await page.keyboard.press('Space');
  await tabTo(page, /^Let it pass$/);
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'Let it count again' }).waitFor();
  await tabTo(page, /^Let it count again$/);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Let it pass' }).waitFor();
  stage.says.models = 0;
  await closePage(page);
});

test('letters find, walk and ask; they do nothing while one types; a list tells of them, and they can be switched off', async () => {
  const page = await openKnown(browser, stage);
  await cardOf(page, 'Storage').waitFor();
  await page.keyboard.press('j');
  const first = await focused(page);
  await page.keyboard.press('j');
  const second = await focused(page);
  assert.notEqual(first, second);
  await page.keyboard.press('k');
  assert.equal(await focused(page), first);
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: first }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  assert.equal(await focused(page), first, 'the focus is given back');

  const [asked] = await Promise.all([page.waitForRequest((request) => request.url().endsWith('/admin/health')), page.keyboard.press('r')]);
  assert.equal(asked.method(), 'GET');
  await page.keyboard.press('/');
  await page.keyboard.type('kjr?');
  assert.equal(await page.getByLabel('Find a service').inputValue(), 'kjr?');
  assert.equal(await page.getByRole('dialog').count(), 0);
  await page.getByLabel('Find a service').fill('');
  await page.getByRole('main').focus();

  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Keyboard' });
  await help.waitFor();
  await tabTo(page, /^Single letters do this/, 5);
  await page.keyboard.press('Space');
  await page.keyboard.press('Escape');
  await help.waitFor({ state: 'hidden' });
  await page.keyboard.press('j');
  await page.keyboard.press('?');
  await cardOf(page, 'Storage').getByRole('link').focus();
  await page.keyboard.press('j');
  assert.equal(await focused(page), 'Storage', 'switched off, they walk nowhere');
  assert.equal(await help.count(), 0);
  await closePage(page);
});

test('a restart: open the service, confirm by typing, hear what came of it', async () => {
  stage.says['comfyui-1'] = 2;
  const page = await openKnown(browser, stage);
  await waitForText(cardOf(page, 'ComfyUI 1'), 'Down');
  await page.keyboard.press('j');
  await until('what is down comes first', async () => (await focused(page)) === 'ComfyUI 1');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'ComfyUI 1' }).getByRole('button', { name: 'Restart', exact: true }).waitFor();
  await tabTo(page, /^Restart$/);
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Restart: ComfyUI 1' });
  await dialog.waitFor();
  await tabTo(page, /^To confirm, type/, 5);
  await page.keyboard.type('comfyui-1');
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'hidden' });
  await page.getByRole('status').filter({ hasText: 'it helped' }).waitFor();
  await page.keyboard.press('Escape');
  await closePage(page);
});

test('alert settings are changed, maintenance is planned, the audit is filtered', async () => {
  const page = await openKnown(browser, stage, { at: '#/alerts' });
  await page.getByRole('link', { name: 'Change: Storage' }).waitFor();
  await tabTo(page, /^Change: Storage$/);
  await page.keyboard.press('Enter');
  const settings = page.getByRole('dialog', { name: 'Storage' });
  await settings.waitFor();
  await tabTo(page, /^Tell the channels after/);
  await page.keyboard.press('Control+a');
  await page.keyboard.type('20');
  await page.keyboard.press('Enter');
  await settings.waitFor({ state: 'hidden' });
  await waitForText(page.getByRole('row', { name: /^Storage/ }), '20 min');

  await page.keyboard.press('Shift+Tab'); // wherever the focus is, there is a way on
  await page.getByRole('main').focus();
  await tabTo(page, /^Maintenance$/);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Plan a maintenance window' }).waitFor();
  await tabTo(page, /^Plan a maintenance window$/);
  await page.keyboard.press('Enter');
  const plan = page.getByRole('dialog', { name: 'Plan a maintenance window' });
  await plan.waitFor();
  await tabTo(page, /^What is done/, 5);
  await page.keyboard.type('New cables');
  await page.keyboard.press('Enter');
  await plan.waitFor({ state: 'hidden' });
  await page.getByText('New cables').waitFor();

  await page.getByRole('main').focus();
  for (let n = 0; n < 30 && !/^Audit$/.test(await focused(page)); n++) await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Audit' }).waitFor();
  await tabTo(page, /^To what/);
  await page.keyboard.type('comfyui-1');
  await waitForText(page.getByRole('row').nth(1), 'restart');
  await closePage(page);
});

test('the past is walked block by block with the arrow keys', async () => {
  stage.says.uploads = 2;
  await until('a window is written', async () => (await stage.stack.windows('uploads')).some((one) => one.status === 'down'));
  stage.says.uploads = 0;
  await until('it is over', async () => (await stage.stack.windows('uploads')).some((one) => one.status === 'down' && one.ended_at));
  stage.says.uploads = 1;
  await until('another one', async () => (await stage.stack.windows('uploads')).some((one) => one.status === 'degraded'));
  const page = await openKnown(browser, stage, { at: '#/timeline?range=24h' });
  await until('both are drawn', async () => (await page.getByRole('group', { name: /^Uploads/ }).getByRole('link').count()) === 2);
  await tabTo(page, /^Degraded, /);
  await page.keyboard.press('ArrowLeft');
  assert.match(await focused(page), /^Down, /);
  await page.keyboard.press('ArrowRight');
  assert.match(await focused(page), /^Degraded, /);
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Uploads' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  stage.says.uploads = 0;
  await closePage(page);
});
