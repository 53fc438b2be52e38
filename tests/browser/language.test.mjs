// The page in another language, and in one whose pieces cannot be fetched just now, in a real browser against the whole real stack.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { assertAccessible, assertNoSidewaysScroll, cardOf, closePage, openBrowser, openLoggedIn, openPage, waitForText } from './browser.mjs';
import { until } from '../e2e/lib/until.mjs';
import { startStack } from './stack.mjs';

let stack;
let browser;

before(async () => {
  stack = await startStack();
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await stack?.stop();
});

/** Bytes on the wire, as a browser asks for it. */
function bytesOf(file) {
  return new Promise((resolve, reject) => {
    http
      .get(new URL(file, stack.url), { headers: { 'Accept-Encoding': 'gzip' } }, async (response) => {
        let bytes = 0;
        for await (const chunk of response) bytes += chunk.length;
        assert.deepEqual([response.statusCode, response.headers['content-encoding']], [200, 'gzip'], file);
        resolve(bytes);
      })
      .on('error', reject);
  });
}

const PAGES = { Übersicht: 'h1', Zeitachse: '.lane', Freigabe: '.item', Alarme: '.table', Audit: '.table', Prüfungen: '.file' };

test('a browser that asks for German gets it, on every screen, from a phone on; the choice in the settings goes before it and is kept', async () => {
  const page = await openPage(browser, stack, { locale: 'de-AT', viewport: { width: 390, height: 844 } });
  await page.getByRole('button', { name: 'English' }).click();
  await page.getByRole('heading', { name: 'Log in' }).waitFor();
  await page.getByRole('button', { name: 'Deutsch' }).click();
  await page.getByRole('heading', { name: 'Anmelden' }).waitFor();
  await page.getByLabel('Name').fill(stack.name);
  await page.getByLabel('Passwort', { exact: true }).fill('falsch');
  await page.getByRole('button', { name: 'Anmelden' }).click();
  await waitForText(page.getByRole('alert'), /passen nicht zusammen/);
  await page.getByLabel('Passwort', { exact: true }).fill(stack.password);
  await page.getByRole('button', { name: 'Anmelden' }).click();
  await waitForText(cardOf(page, 'PostgreSQL'), /Gesund/);
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'de');
  for (const [name, content] of Object.entries(PAGES)) {
    await page.getByRole('navigation').getByRole('link', { name }).click();
    await page.locator(content).first().waitFor();
    await assertAccessible(page, name);
    await assertNoSidewaysScroll(page, name);
  }

  await page.getByRole('button', { name: 'Einstellungen' }).click();
  await page.getByLabel('Sprache').selectOption('English');
  await page.getByRole('navigation').getByRole('link', { name: 'Overview' }).click();
  await waitForText(cardOf(page, 'PostgreSQL'), /Healthy/);
  await page.reload();
  await waitForText(cardOf(page, 'PostgreSQL'), /Healthy/);
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'en');
  await closePage(page);
});

test('a page that was not fetched before the server was lost says so, and comes when the server is back', async () => {
  const page = await openLoggedIn(browser, stack);
  await page.locator('.live-on').waitFor();
  await stack.wire.cut();
  // The broken stream tells at once, long before the interval of 30 seconds is over.
  await page.locator('.live-lost').waitFor();
  await page.getByRole('navigation').getByRole('link', { name: 'Audit' }).click();
  await waitForText(page.getByRole('main'), /the server does not answer/);
  await stack.wire.mend();
  await page.getByRole('heading', { name: 'Audit' }).waitFor();
  await page.locator('.table').waitFor();
  await closePage(page);
});

test('the first screen takes less than 120 KiB of JavaScript, with the second language too', async () => {
  const html = await (await fetch(stack.url)).text();
  // The first picture, and the rest of the first screen, which it fetches.
  const entries = [...html.matchAll(/"(\/assets\/[^"]+\.js)"/g)].map(([, file]) => file);
  const assets = await readdir(new URL('../../public/dist/assets/', import.meta.url));
  const rest = assets.filter((name) => /^start-.*\.js$/.test(name)).map((name) => `/assets/${name}`);
  const catalogues = assets.filter((name) => /^de-.*\.js$/.test(name)).map((name) => `/assets/${name}`);
  assert.deepEqual([entries.length, rest.length, catalogues.length], [1, 1, 1]);
  let bytes = 0;
  for (const file of [...entries, ...rest, ...catalogues]) bytes += await bytesOf(file);
  assert.ok(bytes < 120 * 1024, `${bytes} bytes`);
  assert.ok(bytes > 50 * 1024, `${bytes} bytes can hardly be all`);
});

// Comes last: nobody is let in from this address for a while after it.
test('what the server says in English is introduced in the language of the page', async () => {
  const page = await openPage(browser, stack, { locale: 'de' });
  await page.getByLabel('Name').fill('niemand');
  await page.getByLabel('Passwort', { exact: true }).fill('falsch');
  await until('it is too many attempts', async () => {
    await page.getByRole('button', { name: 'Anmelden' }).click();
    await page.getByRole('button', { name: 'Anmelden', disabled: false }).waitFor();
    return /Zu viele Anfragen auf einmal: .* Another may come in \d+ s\./.test(await page.getByRole('alert').textContent());
  });
  await closePage(page);
});
