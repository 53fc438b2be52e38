// The page in a real browser against the whole real stack.
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import {
  assertAccessible,
  cardOf,
  choose,
  choose5s,
  closePage,
  logIn,
  logOut,
  openBrowser,
  openLoggedIn,
  openPage,
  waitForText,
} from './browser.mjs';
import { startStack } from './stack.mjs';

const WORDS = { healthy: 'Healthy', degraded: 'Degraded', down: 'Down' };

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

test('a wrong password is told in a sentence on the form, with no pop-up of the browser', async () => {
  const page = await openPage(browser, stack);
  await logIn(page, stack, 'not the password');
  await waitForText(page.getByRole('alert'), /do not belong together/);
  assert.equal(await page.locator('article.card').count(), 0);
  assert.deepEqual(await page.context().cookies(), []);
  await closePage(page);
});

test('the right password opens the page, also after a reload and in another tab; logging out closes it for good', async () => {
  const page = await openPage(browser, stack);
  await logIn(page, stack);
  await cardOf(page, 'PostgreSQL').waitFor();
  await page.reload();
  await cardOf(page, 'PostgreSQL').waitFor();
  const [cookie, ...others] = await page.context().cookies();
  assert.deepEqual([others.length, cookie.httpOnly, cookie.sameSite, cookie.path], [0, true, 'Strict', '/']);
  assert.doesNotMatch(await page.evaluate(() => JSON.stringify([localStorage, sessionStorage, document.cookie])), new RegExp(`v1-|${stack.password}`));

  const tab = await page.context().newPage();
  await tab.goto(stack.url);
  await cardOf(tab, 'PostgreSQL').waitFor();
  await tab.evaluate(() => localStorage.clear());
  await tab.reload();
  await cardOf(tab, 'PostgreSQL').waitFor(); // the cookie alone is enough

  await logOut(page);
  await waitForText(page.getByRole('alert'), /logged out/);
  assert.deepEqual(await page.context().cookies(), []);
  await page.context().addCookies([cookie]);
  await page.reload();
  await page.getByLabel('Name').waitFor(); // whoever has copied it has nothing
  await closePage(page);
});

test('a log-in that the server no longer accepts leads back to the form', async () => {
  const page = await openLoggedIn(browser, stack);
  await page.context().clearCookies();
  await page.reload();
  await waitForText(page.getByRole('alert'), /no longer accepts/);
  await closePage(page);
});

test('logging out while the server is away does not claim to have done it', async () => {
  const page = await openLoggedIn(browser, stack);
  await stack.wire.cut();
  await logOut(page);
  await waitForText(page.getByRole('alert'), /may still be logged in/);
  await stack.wire.mend();
  await closePage(page);
});

test('every declared service has a card with its status as a word', async () => {
  const page = await openLoggedIn(browser, stack);
  await choose5s(page);
  const { services } = await stack.get('/admin/health');
  const names = services.map((service) => service.service_name);
  for (const name of ['backend', 'event_bus', 'filesystem', 'postgres', 'watched']) assert.ok(names.includes(name), name);
  assert.equal(await page.locator('article.card').count(), services.length);
  for (const service of services) {
    // By now its first result has come, or is about to.
    await waitForText(cardOf(page, service.title), /Healthy|Degraded|Down/);
    const now = (await stack.get(`/admin/health/${service.service_name}`)).status;
    await waitForText(cardOf(page, service.title), WORDS[now]);
  }
  await waitForText(page.getByRole('heading', { level: 1 }), 'Everything is running');
  await waitForText(page.locator('.gate'), 'Gate open');
  assert.match(await page.title(), /^All running/);
  await closePage(page);
});

test('a service that goes down while one watches turns red without a reload, and green again', async () => {
  const page = await openLoggedIn(browser, stack);
  await choose5s(page);
  const card = cardOf(page, 'Watched target');
  await waitForText(card, 'Healthy');
  await page.evaluate(() => {
    globalThis.notReloaded = true;
  });

  await stack.target.down();
  await waitForText(card, 'Down');
  await waitForText(page.getByRole('heading', { level: 1 }), /^Watched target has been down/);
  await waitForText(page.locator('.gate'), /held by Watched target/);
  assert.match(await page.title(), /^1 down/);
  assert.equal(await page.locator('link[rel=icon]').getAttribute('href'), '/lamp-down.svg');
  assert.match(await card.locator('.reason').innerText(), /refused/);
  const first = page.locator('article.card').first();
  await waitForText(first, 'Watched target');
  await assertAccessible(page, 'with a service down');

  await stack.target.up();
  await waitForText(card, 'Healthy');
  await waitForText(page.getByRole('heading', { level: 1 }), 'Everything is running');
  assert.equal(await page.evaluate(() => globalThis.notReloaded), true);
  await closePage(page);
});

test('a server that is not there at the log-in is not taken for a wrong password', async () => {
  const page = await openPage(browser, stack);
  await page.getByLabel('Name').waitFor();
  await stack.wire.cut();
  await logIn(page, stack);
  await waitForText(page.getByRole('alert'), /The server does not answer/);
  await stack.wire.mend();
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.locator('article.card').first().waitFor();
  await closePage(page);
});

test('a server that is lost before all of the page is here: that is said, and the page comes when the server is back', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  let cut = false;
  await page.route('**/assets/start-*.js', async (route) => {
    if (!cut) await stack.wire.cut();
    cut = true;
    await route.continue();
  });
  await page.goto(stack.url);
  await waitForText(page.locator('#picture'), /the server does not answer. Trying again by itself/);
  await stack.wire.mend();
  await page.getByLabel('Name').waitFor();
  assert.equal(await page.locator('#picture').count(), 0);
  await context.close();
});

test('the first picture is what the page shows: it stands there before the page does, and nothing jumps when that comes', async () => {
  const known = await openLoggedIn(browser, stack);
  const cookies = await known.context().cookies();
  await closePage(known);
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' });
  await context.addCookies(cookies);
  const page = await context.newPage();
  let asked = 0;
  page.on('request', (request) => (asked += Number(request.url().endsWith('/admin/health'))));
  let open;
  const gate = new Promise((resolve) => (open = resolve));
  await page.route('**/assets/start-*.js', async (route) => {
    await gate;
    await route.continue();
  });
  await page.goto(stack.url, { waitUntil: 'commit' });
  /** Where its parts are, and what they say without the times. */
  const look = (place) =>
    page.locator(place).evaluate((root) =>
      [...root.querySelectorAll('h1, .gate, .chip, article.card h3, article.card .status, .nav a')].map((part) => {
        const { left, top } = part.getBoundingClientRect();
        return { text: part.textContent, left, top };
      }),
    );
  await page.locator('#picture article.card').first().waitFor();
  const picture = await look('#picture');
  open();
  await page.locator('#page article.card').first().waitFor();
  assert.equal(await page.locator('#picture').count(), 0);
  await page.evaluate(() => document.fonts.ready);
  assert.equal(asked, 1, 'what the picture was made of is not asked for again');
  const whole = await look('#page');
  const texts = (parts) => parts.map(({ text }) => text);
  assert.ok(picture.length > 12, 'the picture holds cards');
  // Below the window's edge it ends.
  assert.deepEqual(texts(whole).slice(0, picture.length), texts(picture));
  // The page's own letters come with it, and their lines are a hair higher.
  picture.forEach(({ text, left, top }, i) => {
    const moved = Math.hypot(left - whole[i].left, top - whole[i].top);
    assert.ok(moved < 8, `"${text}" moves by ${moved.toFixed(1)} px`);
  });
  await context.close();
});

test('a card opens its details: measures against limits, the day, the checks; Escape closes them', async () => {
  const page = await openLoggedIn(browser, stack);
  await page.getByRole('link', { name: 'Watched target' }).click();
  const panel = page.getByRole('dialog', { name: 'Watched target' });
  await panel.waitFor();
  assert.match(page.url(), /#\/service\/watched$/);
  await waitForText(panel.locator('.measure', { hasText: 'Response' }), /ms to degraded/);
  await waitForText(panel.locator('.measure', { hasText: 'Greeting' }), 'here');
  await panel.getByRole('img', { name: /^Last 24 hours: .*healthy/ }).waitFor();
  // Five minutes are one point of the graph: before there are two of them it is said that there is none.
  await panel.locator('.uplot').or(panel.getByText('Too few results so far')).waitFor();
  await panel.locator('.checks tbody tr').nth(3).waitFor();
  await waitForText(panel.locator('.about'), /every 500 ms/);
  await assertAccessible(page, 'details');
  await page.keyboard.press('Escape');
  await panel.waitFor({ state: 'hidden' });
  assert.doesNotMatch(page.url(), /#\/service/);
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Watched target');

  await page.goBack();
  await panel.waitFor();
  await page.getByRole('button', { name: 'Close' }).click();
  await panel.waitFor({ state: 'hidden' });
  await page.goto(`${stack.url}#/service/no-such`);
  await waitForText(page.getByRole('dialog'), /There is no service "no-such"/);
  await closePage(page);
});

test('what is true beside a status is told: a broken file, a flapping service, one whose parent is down', async () => {
  const checks = (name) => path.join(stack.directory, 'checks.d', name);
  await writeFile(checks('broken.lua'), 'service { name = ');
  await writeFile(
    checks('remarks.lua'),
    `local runs = 0
    service { name = "unsteady", every = "200ms", retry_every = "200ms", fall = 1, flap = { changes = 3, within = "1h" },
      probe = function() runs = runs + 1 return { odd = runs % 2 == 1 and runs < 10 } end, limits = { odd = { degraded = "== true" } } }
    service { name = "parent", title = "The parent", every = "500ms", fall = 1, probe = function() return { v = 1 } end, limits = { v = { down = "> 0" } } }
    service { name = "child", title = "The child", depends_on = "parent", probe = function() end }`,
  );
  const page = await openLoggedIn(browser, stack);
  await choose5s(page);
  await waitForText(page.locator('.broken-files'), /A file of checks is broken.*broken\.lua:1:/s);
  await waitForText(cardOf(page, 'unsteady'), 'Flapping since');
  await waitForText(cardOf(page, 'The child'), 'Depends on The parent, which is down');
  await assertAccessible(page, 'with remarks');
  await cardOf(page, 'The child').getByRole('link', { name: 'The parent' }).click();
  await waitForText(page.getByRole('heading', { level: 2, name: 'The parent' }), 'The parent');
  await page.keyboard.press('Escape');
  await cardOf(page, 'The child').getByRole('link', { name: 'The child' }).click();
  await waitForText(page.locator('.about .parent'), /The parent\s*Down/);
  for (const name of ['broken.lua', 'remarks.lua']) await rm(checks(name));
  await page.keyboard.press('Escape');
  await page.locator('.broken-files').waitFor({ state: 'detached' });
  await closePage(page);
});

test('the keyboard alone is enough: log in, skip to the services, open one, close it', async () => {
  const page = await openPage(browser, stack);
  await page.getByLabel('Name').focus();
  await page.keyboard.type(stack.name);
  await page.keyboard.press('Tab');
  await page.keyboard.type(stack.password);
  await page.keyboard.press('Enter');
  await page.locator('article.card').first().waitFor();
  await page.keyboard.press('Tab');
  assert.match(await page.evaluate(() => document.activeElement?.textContent ?? ''), /^Skip/);
  await page.keyboard.press('Enter');
  // From the services on: chips, the search field, then the first card.
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press('Tab');
    if (await page.evaluate(() => document.activeElement?.matches('article a'))) break;
  }
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await closePage(page);
});

test('search and status buttons narrow the grid; interval and theme are kept', async () => {
  const page = await openLoggedIn(browser, stack);
  await page.getByLabel('Find a service').fill('postgres');
  await waitForText(page.locator('article.card'), 'PostgreSQL');
  assert.equal(await page.locator('article.card').count(), 1);
  await page.getByLabel('Find a service').fill('no such thing');
  await page.getByRole('button', { name: 'Show all' }).click();
  await cardOf(page, 'Backend').waitFor();

  await choose(page, 'Refresh interval', '10');
  await choose(page, 'Theme', 'dark');
  await page.reload();
  await page.getByRole('button', { name: 'Settings' }).click();
  assert.deepEqual([await page.getByLabel('Theme').inputValue(), await page.getByLabel('Refresh interval').inputValue()], ['dark', '10']);
  assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme), 'dark');
  await closePage(page);
});

test('times are local and tell UTC on hover', async () => {
  const page = await openLoggedIn(browser, stack, { timezoneId: 'Asia/Tokyo', locale: 'en-GB' });
  await page.getByRole('link', { name: 'PostgreSQL' }).click();
  const time = page.locator('.checks tbody time').first();
  await time.waitFor();
  const [text, title] = [await time.innerText(), await time.getAttribute('title')];
  const utcHour = Number(/^\d{4}-\d\d-\d\d (\d\d):/.exec(title ?? '')?.[1]);
  assert.match(title ?? '', /UTC$/);
  assert.equal(Number(/(\d\d):\d\d:\d\d/.exec(text)?.[1]), (utcHour + 9) % 24);
  await closePage(page);
});
