// The past in a browser: lanes below one another, what happened in a window, and how a percentage comes about.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { cardOf, closePage, goTo, openBrowser, openKnown, waitForText } from './browser.mjs';
import { startStage, until } from './stage.mjs';

let stage;
let browser;

before(async () => {
  stage = await startStage({ past: true });
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await stage?.stop();
});

const lanesOf = (page) => page.getByRole('group', { name: /: disturbances/ });
const blockOf = (page, id) => page.locator(`a[href^="#/incident/${id}?"]`);

/** Windows of several services that began at the same moment, with what they are. */
async function together() {
  const rows = await stage.stack.sql(`SELECT id, service_name, started_at, status FROM uptime_records WHERE status <> 'healthy' AND started_at IN (
    SELECT started_at FROM uptime_records WHERE status <> 'healthy' AND started_at > now() - interval '7 days' GROUP BY started_at HAVING count(*) > 2) ORDER BY id`);
  assert.ok(rows.length >= 3);
  return rows;
}

async function leftOf(page, rows) {
  const boxes = await Promise.all(rows.map(({ id }) => blockOf(page, id).boundingBox()));
  return boxes.map((box) => box.x);
}

test('simultaneous outages stand below one another, however near one looks', async () => {
  const page = await openKnown(browser, stage, { at: '#/timeline' });
  await lanesOf(page).nth(4).waitFor();
  assert.equal(await lanesOf(page).count(), 5);
  const rows = await together();
  for (const { id } of rows) await blockOf(page, id).waitFor({ state: 'attached' });
  const wide = await leftOf(page, rows);
  assert.ok(Math.max(...wide) - Math.min(...wide) < 1, `apart by ${Math.max(...wide) - Math.min(...wide)} px`);

  // Nearer by the mouse: a stretch around them is drawn over the lanes.
  const lane = await lanesOf(page).first().boundingBox();
  const y = lane.y + lane.height / 2;
  const widthThen = (await blockOf(page, rows[0].id).boundingBox()).width;
  await page.mouse.move(wide[0] - 40, y);
  await page.mouse.down();
  await page.mouse.move(wide[0], y, { steps: 3 });
  await page.mouse.move(wide[0] + 60, y, { steps: 3 });
  await page.mouse.up();
  await page.waitForURL(/[?&]at=/);
  assert.equal(await page.getByRole('dialog').count(), 0, 'a stretch is no click on what lies below it');
  await until('it is nearer', async () => (await blockOf(page, rows[0].id).boundingBox()).width > 4 * widthThen);
  const near = await leftOf(page, rows);
  assert.ok(Math.max(...near) - Math.min(...near) < 1);

  // And back, nearer and along by the buttons.
  const axis = page.getByRole('img', { name: /^From / });
  const zoom = page.getByRole('group', { name: 'Zoom' });
  await zoom.getByRole('button', { name: 'All' }).click();
  await until('all is there', async () => !page.url().includes('at='));
  assert.equal(await zoom.getByRole('button', { name: 'See more' }).isDisabled(), true);
  await zoom.getByRole('button', { name: 'Look closer' }).click();
  await page.waitForURL(/[?&]at=/);
  const [closer] = [await axis.getAttribute('aria-label')];
  await zoom.getByRole('button', { name: 'Earlier' }).click();
  await until('it is earlier', async () => (await axis.getAttribute('aria-label')) !== closer);
  await closePage(page);
});

test('ranges, search and "only with disturbances" choose what is shown, and stand in the address', async () => {
  const page = await openKnown(browser, stage, { at: '#/timeline' });
  await lanesOf(page).nth(4).waitFor();
  const range = page.getByRole('group', { name: 'Range' });
  await range.getByRole('button', { name: '90 d' }).click();
  await page.waitForURL(/range=90d/);
  const [{ id }] = await stage.stack.sql(`SELECT id FROM uptime_records WHERE status = 'down' AND started_at < now() - interval '40 days' ORDER BY started_at LIMIT 1`);
  await blockOf(page, id).waitFor({ state: 'attached' });
  await range.getByRole('button', { name: '24 h' }).click();
  await blockOf(page, id).waitFor({ state: 'detached' });
  await page.getByLabel('Find a service').fill('comfy');
  await until('two are left', async () => (await lanesOf(page).count()) === 2);
  await page.getByLabel('Find a service').fill('');
  await page.getByLabel('Only with disturbances').check();
  const [{ n }] = await stage.stack.sql(`SELECT count(DISTINCT service_name)::int AS n FROM uptime_records
    WHERE status <> 'healthy' AND coalesce(ended_at, now()) > now() - interval '24 hours'`);
  await until('the quiet ones are gone', async () => (await lanesOf(page).count()) === n);
  await page.reload();
  await until('the address has kept it', async () => (await lanesOf(page).count()) === n);
  await closePage(page);
});

test('a window opens what happened: the measures before and after, the diagnosis, the log, who was told, what was done', async () => {
  const { stack, says } = stage;
  await writeFile(stage.log, 'loading base.safetensors\nout of memory\n');
  says['comfyui-1'] = 2;
  const id = await until('the window is written', async () => (await stack.windows('comfyui-1')).length && (await stack.sql(
    `SELECT id FROM uptime_records WHERE service_name = 'comfyui-1' AND status = 'down' AND ended_at IS NULL`))[0]?.id);
  await stack.get('/admin/health/comfyui-1/recheck', { as: 'admin', method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' });
  await until('somebody was told', () => stage.receiver.messages.some(({ message }) => message.alerts[0].labels.check === 'comfyui-1'));

  const page = await openKnown(browser, stage, { at: '#/timeline?range=24h' });
  // So short a block is met by its keyboard: the newest of a lane is in the order of the Tab key.
  const block = blockOf(page, id);
  await block.waitFor({ state: 'attached' });
  assert.match(await block.getAttribute('title'), /^Down, .*/);
  await block.press('Enter');
  const story = page.getByRole('dialog', { name: 'ComfyUI 1' });
  await story.waitFor();
  await waitForText(story, 'still going on');
  const trouble = story.getByRole('row', { name: /^trouble/ });
  await until('measures', async () => (await trouble.getByRole('cell').allInnerTexts()).join() === '0,2');
  const result = story.getByRole('table').first().getByRole('row', { name: /^Result/ });
  assert.match((await result.getByRole('cell').allInnerTexts()).join('|'), /Healthy.*\|Down/s);
  await waitForText(story.locator('section', { hasText: 'Diagnosis' }), /queue"?:?\s*3/);
  await waitForText(story.locator('section', { hasText: 'Log at the time' }), 'out of memory');
  await waitForText(story.locator('section', { hasText: 'What it depends on' }), /Healthy\s*The database/);
  await waitForText(story.locator('section', { hasText: 'Who was told' }), /webhook\s*raised/i);
  await waitForText(story.locator('section', { hasText: 'What was done' }), 'recheck');

  says['comfyui-1'] = 0;
  await until('it is over', async () => (await stack.sql(`SELECT ended_at FROM uptime_records WHERE id = ${id}`))[0].ended_at);
  await page.getByText('still going on').waitFor({ state: 'detached' });
  await page.keyboard.press('Escape');
  await story.waitFor({ state: 'hidden' });
  assert.match(page.url(), /#\/timeline\?range=24h$/);
  await closePage(page);
});

test('a percentage opens to the seconds that it is made of, and they give that percentage', async () => {
  const page = await openKnown(browser, stage, { at: '#/timeline?range=30d' });
  const button = page.getByRole('button', { name: /^Storage: .* Show the arithmetic$/ });
  await button.click();
  const dialog = page.getByRole('dialog', { name: /^Storage: how the uptime/ });
  await waitForText(dialog, 'What is not known is left out');
  const [, healthy, weight, degraded, known, shown] = (await dialog.locator('.arithmetic').innerText())
    .replaceAll(',', '')
    .match(/^\((\d+) \+ ([\d.]+) × (\d+)\) \/ (\d+) = ([\d.]+) %$/)
    .map(Number);
  const digits = String(shown).split('.')[1]?.length ?? 0;
  const exact = (100 * (healthy + weight * degraded)) / known;
  assert.ok(exact - shown >= 0 && exact - shown < 10 ** -digits + 1e-6, `${exact} is shown as ${shown}`);
  assert.ok(degraded > 0 && healthy > 25 * 86_400 && known <= 30 * 86_400);
  assert.equal(await dialog.getByRole('row').count(), 5);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  await closePage(page);
});

test('a card leads to the same past', async () => {
  const page = await openKnown(browser, stage);
  await cardOf(page, 'Storage').waitFor();
  await goTo(page, 'Timeline');
  await lanesOf(page).first().waitFor();
  await page.getByRole('link', { name: /^Storage/ }).click();
  await page.getByRole('dialog', { name: 'Storage' }).getByRole('img', { name: /^Last 24 hours: .*healthy/ }).waitFor();
  await page.goBack();
  await page.getByRole('heading', { level: 1, name: 'Timeline' }).waitFor();
  await closePage(page);
});
