// What is lost and comes back while one watches: the application, the whole server, the database, the session.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, cardOf, closePage, logIn, openBrowser, openKnown, openLoggedIn, waitForText } from './browser.mjs';
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

const headline = (page) => page.getByRole('heading', { level: 1 });
const mark = (page) => page.evaluate(() => { globalThis.notReloaded = true; });
const isSame = (page) => page.evaluate(() => globalThis.notReloaded);

for (const [part, words] of [
  ['api', 'The server has no answer just now'],
  ['nginx', 'The server does not answer'],
])
  test(`${part} goes while one watches: the page says so at once, keeps what it knows without believing it for long, and recovers by itself`, async () => {
    const page = await openKnown(browser, stage);
    await waitForText(cardOf(page, 'Storage'), 'Healthy');
    await mark(page);
    await (part === 'nginx' ? stage.stack.programs.nginx.end('SIGTERM') : stage.stack.kill(part));
    await waitForText(headline(page), words);
    await waitForText(page.locator('.live'), /offline since \d\d:\d\d/);
    assert.match(await page.title(), /^Offline/);
    if (part === 'nginx') {
      // All three intervals are waited for once.
      await waitForText(cardOf(page, 'Storage'), /No data.*last seen healthy/s);
      assert.equal(await page.locator('.card-healthy').count(), 0);
      assert.equal(await page.locator('link[rel=icon]').getAttribute('href'), '/lamp-no-data.svg');
    }
    await assertAccessible(page, `${part} killed`);
    stage.says.storage = 2;
    await stage.stack.start(part);
    await waitForText(headline(page), /^Storage has been down/);
    await waitForText(cardOf(page, 'ComfyUI 1'), 'Healthy');
    stage.says.storage = 0;
    await waitForText(headline(page), 'Everything is running');
    assert.equal(await isSame(page), true);
    await closePage(page);
  });

test('the scheduler is killed: nothing stays green, and what comes back is green again', async () => {
  const page = await openKnown(browser, stage);
  await waitForText(cardOf(page, 'Storage'), 'Healthy');
  await mark(page);
  await stage.stack.kill('scheduler');
  await waitForText(headline(page), 'The scheduler does not answer');
  await until('no card is green', async () => (await page.locator('.card-healthy').count()) === 0);
  await assertAccessible(page, 'scheduler killed');
  await stage.stack.start('scheduler');
  await waitForText(headline(page), 'Everything is running');
  assert.equal(await isSame(page), true);
  await closePage(page);
});

test('Postgres goes: the present stays, the past says that it is away, and comes back', async () => {
  const page = await openKnown(browser, stage, { at: '#/service/storage' });
  const panel = page.getByRole('dialog', { name: 'Storage' });
  await panel.getByRole('img', { name: /^Last 24 hours/ }).waitFor();
  await stage.stack.postgres.stop('SIGQUIT');
  await panel.getByText(/History is kept in Postgres, which does not answer/).waitFor();
  await panel.getByText('Healthy').first().waitFor();
  await assertAccessible(page, 'without Postgres');
  await stage.stack.start('postgres');
  await panel.getByRole('img', { name: /^Last 24 hours/ }).waitFor();
  await closePage(page);
});

test('a session that ends while one reads leads to the form, and the log-in back to where one was', async () => {
  const page = await openLoggedIn(browser, stage, { interval: 5 });
  await page.goto(`${stage.url}#/service/storage`);
  await page.getByRole('dialog', { name: 'Storage' }).waitFor();
  await mark(page);
  // Ended elsewhere, by whoever holds the same session.
  const [cookie] = await page.context().cookies();
  const { status } = await stage.stack.get('/admin/session', {
    method: 'DELETE',
    headers: { Cookie: `${cookie.name}=${cookie.value}`, 'Content-Type': 'application/json' },
  });
  assert.equal(status, 204);
  await waitForText(page.getByRole('alert'), /no longer accepts this log-in/);
  assert.equal(await page.getByText('Storage').count(), 0, 'nothing of it is left to be read');
  await assertAccessible(page, 'session lost');
  await logIn(page, stage);
  await page.getByRole('dialog', { name: 'Storage' }).waitFor();
  assert.equal(await isSame(page), true);
  await closePage(page);
});
