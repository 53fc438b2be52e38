// Who is told, in a browser: the settings as they are typed, a test of a channel to a real receiver, the ledger, and maintenance.
import assert from 'node:assert/strict';
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

const rowOf = (page, title) => page.getByRole('row', { name: new RegExp(`^${title}`) });
const configOf = async (name) => (await stage.stack.get('/admin/health/alerts', { as: 'admin' })).json.alerts.find((one) => one.service_name === name);

test('settings are checked as they are typed, saved, and told to whoever looks', async () => {
  const page = await openKnown(browser, stage, { at: '#/alerts' });
  await page.getByRole('link', { name: 'Change: Storage' }).click();
  const dialog = page.getByRole('dialog', { name: 'Storage' });
  const [delay, reminder, webhook, save] = [
    dialog.getByLabel('Tell the channels after, minutes'),
    dialog.getByLabel('Remind every, minutes'),
    dialog.getByLabel('Webhook', { exact: false }).last(),
    dialog.getByRole('button', { name: 'Save' }),
  ];
  for (const [field, wrong, fault, right] of [
    [delay, 'soon', /from 0 to 1,440/, '5'],
    [delay, '1441', /from 0 to 1,440/, '7.5'],
    [reminder, '-1', /from 0 to 10,080/, '240'],
    [webhook, 'ftp://example.org/', 'An address that begins with https:// or http://.', stage.receiver.url],
  ]) {
    await field.fill(wrong);
    await dialog.getByText(fault).waitFor();
    assert.deepEqual([await field.getAttribute('aria-invalid'), await save.isDisabled()], ['true', true], wrong);
    if (field === delay) await assertAccessible(page, 'a fault in the settings');
    await field.fill(right);
    await dialog.getByText(fault).waitFor({ state: 'detached' });
    assert.equal(await save.isDisabled(), false, right);
  }
  await dialog.getByRole('checkbox', { name: /^(Dashboard|This page)$/ }).check();
  await save.click();
  await dialog.waitFor({ state: 'hidden' });
  await waitForText(rowOf(page, 'Storage'), /a webhook.*7 min.*4 h/s);
  const [row] = await stage.stack.sql(`SELECT enabled, escalation_delay_seconds, webhook_url FROM health_alert_configs WHERE service_name = 'storage'`);
  assert.deepEqual(row, { enabled: true, escalation_delay_seconds: 450, webhook_url: stage.receiver.url });
  await closePage(page);
});

test("somebody else's change meanwhile is not overwritten", async () => {
  const page = await openKnown(browser, stage, { at: '#/alerts/uploads' });
  const dialog = page.getByRole('dialog', { name: 'Uploads' });
  await dialog.getByLabel('Remind every, minutes').fill('60');
  await stage.stack.postgres.exec(`INSERT INTO health_alert_configs (service_name, escalation_delay_seconds) VALUES ('uploads', 120)`);
  await stage.stack.configured();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await waitForText(dialog.getByRole('alert'), 'Somebody else has changed this meanwhile');
  const { escalation_delay_seconds: delay } = await configOf('uploads');
  assert.equal(delay, 120);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  await waitForText(rowOf(page, 'Uploads'), '2 min');
  await closePage(page);
});

test('the test button of a channel reaches its receiver, and the channel counts as proven', async () => {
  const page = await openKnown(browser, stage, { at: '#/alerts' });
  const channel = page.getByRole('listitem').filter({ hasText: 'channels/webhook.lua' });
  const before = stage.receiver.messages.length;
  await channel.getByRole('button', { name: 'Test: Webhook' }).click();
  await waitForText(channel.getByRole('status'), 'A test is on its way.');
  await until('the receiver has it', () => stage.receiver.messages.length > before);
  const { message } = stage.receiver.messages.at(-1);
  assert.deepEqual([message.version, message.commonLabels.drill], ['4', 'true']);
  await waitForText(channel, /last proven/);

  await channel.getByRole('link', { name: 'Deliveries' }).click();
  await waitForText(page.getByRole('table'), /webhook.*delivered/is);
  await waitForText(page.getByRole('row').nth(1), /test/);
  await closePage(page);
});

test('the ledger tells what became of each alert and each attempt, by service, channel and state', async () => {
  let refusals = 1;
  stage.receiver.answer = () => (refusals-- > 0 ? { status: 503, headers: { 'Retry-After': '1' }, body: 'not now' } : 200);
  stage.says['comfyui-2'] = 2;
  const page = await openKnown(browser, stage, { at: '#/alerts?view=deliveries' });
  const rows = page.getByRole('row').filter({ hasText: 'ComfyUI 2' });
  const webhook = rows.filter({ hasText: /webhook/i });
  await waitForText(webhook, 'delivered');
  await webhook.getByText('2 attempts').click();
  await waitForText(webhook.getByRole('listitem').first(), /503.*not now/s);
  await assertAccessible(page, 'deliveries');

  await page.getByLabel('Channel').selectOption({ label: 'Webhook' });
  await page.getByLabel('Service').selectOption({ label: 'ComfyUI 2' });
  await until('only those are left', async () => (await page.getByRole('row').count()) === 2);
  await page.getByLabel('State').selectOption({ label: 'given up' });
  await page.getByText('Nothing was told yet.').waitFor();
  assert.match(page.url(), /channel=webhook.*state=given_up/);

  stage.says['comfyui-2'] = 0;
  await page.getByLabel('State').selectOption({ label: 'any' });
  await waitForText(page.getByRole('row').nth(1), /recovered.*delivered/s);
  await closePage(page);
});

test('maintenance is planned with its next occurrences, holds back telling, shows on the card, and is removed', async () => {
  const page = await openKnown(browser, stage, { at: '#/alerts', timezoneId: 'Europe/Berlin' });
  await page.getByRole('group', { name: 'View' }).getByRole('button', { name: 'Maintenance' }).click();
  await page.getByText(/No maintenance is planned/).waitFor();
  const plan = async (title, fill) => {
    await page.getByRole('button', { name: 'Plan a maintenance window' }).first().click();
    const dialog = page.getByRole('dialog', { name: 'Plan a maintenance window' });
    const save = dialog.getByRole('button', { name: 'Plan a maintenance window' });
    assert.equal(await save.isDisabled(), true, 'without a title');
    await dialog.getByLabel('What is done').fill(title);
    await fill(dialog);
    await save.click();
    await dialog.waitFor({ state: 'hidden' });
    return page.getByRole('listitem').filter({ hasText: title });
  };
  const weekly = await plan('Backup', async (dialog) => {
    await dialog.getByLabel('From').fill('2030-01-01T03:30');
    await dialog.getByLabel('Length, minutes').fill('45');
    for (const day of ['Mon', 'Thu']) await dialog.getByLabel(day).check();
    await assertAccessible(page, 'planning maintenance');
  });
  await waitForText(weekly, /All services.*Mon and Thu at 03:30 \(Europe\/Berlin\), 45 min/s);
  const next = weekly.getByRole('list', { name: 'Next occurrences' });
  await until('three are told', async () => (await next.getByRole('listitem').count()) === 3);
  const starts = await next.getByRole('time').evaluateAll((list) => list.map((one) => one.getAttribute('datetime')));
  // 2030 begins on a Tuesday: the 3rd, the 7th and the 10th of January, in winter an hour before UTC.
  assert.deepEqual(
    starts.map((text) => Date.parse(text)),
    ['2030-01-03', '2030-01-07', '2030-01-10'].map((day) => Date.parse(`${day}T02:30:00Z`)),
  );

  const now = await plan('New disks', async (dialog) => {
    await dialog.getByRole('checkbox', { name: 'All services' }).uncheck();
    await dialog.getByLabel('Services', { exact: false }).last().selectOption({ label: 'ComfyUI 1' });
    await dialog.getByLabel('Length, minutes').fill('30');
  });
  await waitForText(now, /ComfyUI 1/);
  await waitForText(now, /now/);
  await assertAccessible(page, 'maintenance');
  await page.getByRole('link', { name: 'Overview' }).click();
  await waitForText(cardOf(page, 'ComfyUI 1'), 'In maintenance until');
  const before = stage.receiver.messages.length;
  stage.says['comfyui-1'] = 2;
  await waitForText(cardOf(page, 'ComfyUI 1'), 'Down');
  const held = await until('the ledger says why nobody was told', async () =>
    (await stage.stack.sql(`SELECT reason FROM health_alerts WHERE service_name = 'comfyui-1' AND channel = 'webhook' AND state = 'suppressed'`))[0]);
  assert.match(held.reason, /maintenance/i);
  assert.equal(stage.receiver.messages.length, before);
  stage.says['comfyui-1'] = 0;
  await waitForText(cardOf(page, 'ComfyUI 1'), 'Healthy');

  await page.goto(`${stage.url}#/alerts?view=maintenance`);
  for (const title of ['Backup', 'New disks']) await page.getByRole('button', { name: `Remove: ${title}` }).click();
  await page.getByText(/No maintenance is planned/).waitFor();
  await closePage(page);
});
