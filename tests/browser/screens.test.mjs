// Every screen and every dialog in light, dark and at a phone's width: nothing that axe-core knows of stands in anybody's way, nothing scrolls
// sideways, and each screen looks as it did. The whole stack runs at the same moment of the past each time.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, assertNoSidewaysScroll, openBrowser, openKnown, openPage, settle } from './browser.mjs';
import { assertLooks, openComparer } from './pictures.mjs';
import { startStage } from './stage.mjs';

const NOW = Date.parse('2026-03-04T14:40:00Z');
const post = (route, body) => stage.stack.get(route, { as: 'admin', method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });

let stage;
let browser;
let comparer;
let incident;

before(async () => {
  stage = await startStage({
    past: true,
    every: '1h',
    says: { storage: 2, 'comfyui-2': 1, models: 1 },
    ownClock: { at: NOW },
    more: { 'broken.lua': 'service {\n  name = "broken"\n  every = "5s",\n}\n' },
  });
  browser = await openBrowser();
  comparer = await openComparer(browser);
  const recurrence = { days: ['mon', 'thu'], at: '03:30', duration_minutes: 45, time_zone: 'UTC' };
  const window = { title: 'Backup', services: ['*'], starts_at: '2030-01-01T00:00:00Z', ends_at: null, recurrence };
  assert.equal((await post('/admin/health/maintenance', window)).status, 201);
  assert.equal((await post('/admin/health/uploads/recheck', {})).status, 200);
  await stage.stack.sync();
  [incident] = await stage.stack.sql(`SELECT id, service_name FROM uptime_records WHERE status = 'down' AND ended_at IS NOT NULL ORDER BY started_at DESC LIMIT 1`);
});

after(async () => {
  await browser?.close();
  await stage?.stop();
});

const dialog = (page) => page.getByRole('dialog').last();
const button = (page, name) => page.getByRole('button', { name, exact: true });

/** Each screen: where it is, and what is there when it is whole. */
const screens = () => ({
  overview: ['#/', (page) => page.locator('article.card .day-columns').nth(4)],
  service: ['#/service/comfyui-1', (page) => dialog(page).getByText('Recent checks')],
  timeline: ['#/timeline', (page) => page.getByRole('group', { name: /: disturbances/ }).nth(4)],
  incident: [`#/incident/${incident.id}?service=${incident.service_name}`, (page) => dialog(page).getByText('Checks around it')],
  checklist: ['#/checklist', (page) => page.getByText('base.safetensors is missing').first()],
  alerts: ['#/alerts', (page) => page.getByRole('row', { name: /^Uploads/ })],
  deliveries: ['#/alerts?view=deliveries', (page) => page.getByRole('row').nth(2)],
  maintenance: ['#/alerts?view=maintenance', (page) => page.getByText('Backup')],
  audit: ['#/audit', (page) => page.getByRole('row').nth(1)],
  checks: ['#/checks', (page) => page.getByText(/broken\.lua:3/).first()],
});

/** Each dialog: where, what opens it, what is there then. */
const dialogs = {
  override: ['#/checklist', async (page) => button(page, 'Let it pass').first().click(), 'Reason'],
  restart: ['#/service/comfyui-1', async (page) => button(page, 'Restart').click(), 'To confirm, type'],
  acknowledge: ['#/service/storage', async (page) => button(page, 'I have it in hand').click(), 'Note'],
  log: ['#/service/comfyui-1?view=logs', async () => {}, 'Follow'],
  settings: ['#/alerts/storage', async () => {}, 'Remind every, minutes'],
  plan: ['#/alerts?view=maintenance', async (page) => button(page, 'Plan a maintenance window').click(), 'What is done'],
  arithmetic: ['#/timeline', async (page) => page.getByRole('button', { name: /^Storage: .*arithmetic/ }).click(), 'What is not known'],
  keys: ['#/', async (page) => page.keyboard.press('?'), 'Single letters do this'],
  choices: ['#/', async (page) => button(page, 'Settings').click(), 'Theme'],
};

const looks = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  phone: { colorScheme: 'light', viewport: { width: 390, height: 844 } },
};

async function assertGood(page, what) {
  await assertAccessible(page, what);
  await assertNoSidewaysScroll(page, what);
  for (const sheet of await page.locator('dialog[open]').all()) {
    const over = await sheet.evaluate((element) => Math.max(0, ...[element, ...element.children].map((one) => one.scrollWidth - one.clientWidth)));
    assert.ok(over <= 1, `${what}: its sheet scrolls sideways by ${over} px`);
  }
}

const settingsOf = (options) => ({ ...options, timezoneId: 'UTC', locale: 'en-GB' });

// All pictures first: what the dialogs do is on record afterwards.
for (const [look, options] of Object.entries(looks)) {
  const settings = settingsOf(options);

  test(`every screen in ${look}`, async (t) => {
    const login = await openPage(browser, stage, settings);
    await login.getByLabel('Name').waitFor();
    await assertGood(login, `log-in, ${look}`);
    await assertLooks(login, comparer, `login-${look}`);
    await login.context().close();
    const page = await openKnown(browser, stage, settings);
    await page.clock.install({ time: NOW + 60_000 });
    for (const [name, [at, whole]] of Object.entries(screens()))
      await t.test(name, async () => {
        await page.goto('about:blank');
        await page.goto(stage.url + at);
        await whole(page).waitFor();
        await settle(page);
        await assertGood(page, `${name}, ${look}`);
        await assertLooks(page, comparer, `${name}-${look}`);
      });
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });
}

for (const [look, options] of Object.entries(looks)) {
  const settings = settingsOf(options);

  test(`every dialog in ${look}`, async (t) => {
    const page = await openKnown(browser, stage, settings);
    for (const [name, [at, open, words]] of Object.entries(dialogs))
      await t.test(name, async () => {
        await page.goto('about:blank');
        await page.goto(stage.url + at);
        await page.getByRole('main').waitFor();
        await open(page);
        await dialog(page).getByText(words).first().waitFor();
        await assertGood(page, `${name}, ${look}`);
        if (look !== 'phone') return;
        await page.setViewportSize({ width: 320, height: 640 });
        await assertNoSidewaysScroll(page, `${name}, 320 px`);
        await page.setViewportSize(settings.viewport);
      });
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });
}
