// Six hundred services: what needs attention stands first and whole, the rest is small and says all the same; only what is near the window is drawn.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, assertNoSidewaysScroll, cardOf, closePage, openBrowser, openKnown, settle, waitForText } from './browser.mjs';
import { assertLooks, openComparer } from './pictures.mjs';
import { startStage, until } from './stage.mjs';

const COUNT = 600;
const NOW = Date.parse('2026-03-04T14:40:00Z');
const SOURCE = `for n = 1, ${COUNT - 5} do
  service { name = ("worker-%03d"):format(n), title = ("Worker %03d"):format(n), group = n % 3 == 0 and "Frankfurt" or "Oslo", every = "1h", fall = 1,
    probe = function() if n % 200 == 1 then http.get(settings.url .. "/storage"):expect(204) end end }
end`;

let stage;
let browser;
let comparer;

before(async () => {
  stage = await startStage({ every: '1h', ownClock: { at: NOW }, more: { 'fleet.lua': SOURCE } });
  browser = await openBrowser();
  comparer = await openComparer(browser);
  await stage.stack.firstRuns();
});

after(async () => {
  await browser?.close();
  await stage?.stop();
});

const cards = (page) => page.locator('article.card');

const looks = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  phone: { colorScheme: 'light', viewport: { width: 390, height: 844 } },
};

for (const [look, options] of Object.entries(looks)) {
  test(`they look right in ${look}`, async () => {
    const page = await openKnown(browser, stage, { ...options, timezoneId: 'UTC', locale: 'en-GB' });
    await page.clock.install({ time: NOW + 60_000 });
    await page.goto('about:blank');
    await page.goto(stage.url);
    await cardOf(page, 'Worker 201').waitFor();
    await settle(page);
    await assertAccessible(page, look);
    await assertNoSidewaysScroll(page, look);
    await page.clock.pauseAt(NOW + 180_000); // else what counts goes on counting under the camera
    await assertLooks(page, comparer, `fleet-${look}`);
    await closePage(page);
  });
}

test('a small card says what a large one says: word, how long it has been up, when it was looked at, latency, thirty days', async () => {
  const page = await openKnown(browser, stage);
  const card = cardOf(page, 'Worker 003');
  await card.waitFor();
  assert.match(await card.innerText(), /Healthy\s+Up for \d+ (s|min)\s+(just now|\d+ (s|min) ago)/);
  assert.match(await card.locator('.dense-latency').innerText(), /^\d+ ms$/);
  await card.locator('.day-columns').waitFor();
  const attention = cardOf(page, 'Worker 001');
  assert.match(await attention.innerText(), /Down[\s\S]*expected 204/);
  await closePage(page);
});

test('only what is near the window is drawn, and all of it can be reached: by scrolling, by search, by keys', async () => {
  const page = await openKnown(browser, stage);
  await cardOf(page, 'Worker 001').waitFor();
  const drawn = await cards(page).count();
  assert.ok(drawn < COUNT / 4, `${drawn} cards are drawn`);
  assert.equal(await cards(page).first().getAttribute('aria-setsize'), String(COUNT));

  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await cardOf(page, 'Worker 595').waitFor();
  assert.equal(await cardOf(page, 'Worker 001').count(), 0, 'the first are not drawn any more');

  await page.keyboard.press('/');
  await page.keyboard.type('worker 42');
  await until('it is found', async () => (await cards(page).allInnerTexts()).every((text) => /Worker \d*42/.test(text)));
  assert.equal(await cards(page).count(), 16, '420 to 429, and 042 to 542');
  await page.keyboard.press('Escape');

  await page.evaluate(() => scrollTo(0, 0));
  await page.locator('[data-card="worker-001"]').focus();
  for (let n = 0; n < 60; n++) await page.keyboard.press('j');
  await until('the card that was walked to is drawn, has the focus and is in the window', () =>
    page.evaluate(() => {
      const { activeElement: link } = document;
      const { top, bottom } = link.getBoundingClientRect();
      return link.dataset.card !== undefined && Number(link.closest('article').ariaPosInSet) > 50 && top >= 0 && bottom <= innerHeight;
    }),
  );
  await closePage(page);
});

test('nothing jumps while it is read: the order stays until one asks for the new one', async () => {
  const page = await openKnown(browser, stage);
  await cardOf(page, 'Worker 001').waitFor();
  await page.evaluate(() => scrollTo(0, 4000));
  const read = cards(page).nth(20);
  await read.waitFor();
  const name = await read.locator('h3').innerText();
  const placeOf = async () => (await cardOf(page, name).boundingBox()).y;
  const place = await placeOf();
  stage.says.uploads = 2;
  await stage.stack.recheck('uploads');
  const renew = page.getByRole('button', { name: /order/i });
  await renew.waitFor();
  assert.ok(Math.abs((await placeOf()) - place) < 1, 'what one reads has not moved');
  await renew.click();
  await page.evaluate(() => scrollTo(0, 0));
  await waitForText(cardOf(page, 'Uploads'), /Down/);
  stage.says.uploads = 0;
  await stage.stack.recheck('uploads');
  await closePage(page);
});
