// Troubles and who is told of them: from a failing check to the webhook and the ledger, with everything real in between.
import assert from 'node:assert/strict';
import test, { describe } from 'node:test';
import { Receiver, webhook } from './lib/receiver.mjs';
import { startStack, until } from './lib/stack.mjs';

/** A service whose status is what `says` holds for it; run only when it is asked. */
const said = (name, url, more = '') => `service {
  name = "${name}", title = "The ${name}", every = "24h", retry_every = "24h", fall = 1, ${more}
  probe = function() return { n = http.get("${url}/${name}"):expect(200):json().n } end,
  limits = { n = { degraded = "== 1", down = "== 2" } },
}`;

/** A stack with services that say what `says` holds: 0 healthy, 1 degraded, 2 down. */
async function startTelling(t, { services = ['db'], settings = {}, more = {}, channels, parts = ['scheduler'], ...rest } = {}) {
  const says = Object.fromEntries(services.map((name) => [name, 0]));
  const receiver = await Receiver.start(t);
  const stack = await startStack(t, {
    answer: (request) => ({ n: says[request.url.slice(1)] }),
    checks: ({ target }) => ({
      ...Object.fromEntries(services.map((name) => [`${name}.lua`, said(name, target.url, more[name])])),
      'channels/webhook.lua': webhook(),
      ...channels?.(receiver),
    }),
    settings: { alerts: { delay: '0s', channels: ['webhook'], group: '0s', insecure_urls: false, ...settings } },
    parts,
    ...rest,
  });
  /** Each service's own address: its name is the path. */
  await configure(stack, ...services.map((name) => ({ service_name: name, webhook_url: `${receiver.url}/${name}`, escalation_delay_seconds: 0 })));
  return {
    stack,
    receiver,
    says,
    async becomes(name, n) {
      says[name] = n;
      await stack.recheck(name);
    },
  };
}

/** Writes rows as any client of the specification's table would, and waits until the scheduler knows. */
async function configure(stack, ...rows) {
  for (const { service_name, webhook_url = null, escalation_delay_seconds = 300, channels = null, enabled = true } of rows)
    await stack.postgres.exec(`INSERT INTO health_alert_configs (service_name, escalation_delay_seconds, webhook_url, notification_channels_json, enabled)
      VALUES ('${service_name}', ${escalation_delay_seconds}, ${webhook_url ? `'${webhook_url}'` : 'NULL'}, ${channels ? `'${JSON.stringify(channels)}'` : 'NULL'}, ${enabled})
      ON CONFLICT (service_name) DO UPDATE SET escalation_delay_seconds = excluded.escalation_delay_seconds, webhook_url = excluded.webhook_url,
        notification_channels_json = excluded.notification_channels_json, enabled = excluded.enabled`);
  await stack.configured();
}

const ledger = (stack, where = 'true') =>
  stack.sql(`SELECT service_name, channel, event, status, state, reason FROM health_alerts WHERE ${where} ORDER BY created_at, id`);

describe('alerts', { concurrency: 2 }, () => {
  test('a status transition triggers an alert, the ongoing issue no second one, its end a recovery notice', async (t) => {
    const { stack, receiver, becomes } = await startTelling(t);
    await becomes('db', 1);
    await until('it is told', () => receiver.messages.length === 1);
    const [{ message, path }] = receiver.messages;
    assert.equal(path, '/hook/db');
    assert.deepEqual(
      [message.event, message.state, message.status, message.title, message.attempt, message.channel],
      ['raised', 'firing', 'degraded', 'DEGRADED: The db (n 1 == 1)', 1, 'webhook'],
    );
    assert.match(message.id, /^[0-9A-Z]{26}$/);
    const [alert] = message.alerts;
    assert.deepEqual(
      [alert.service_name, alert.title, alert.status, alert.previous_status, alert.error_message, alert.critical],
      ['db', 'The db', 'degraded', 'healthy', 'n 1 == 1', false],
    );
    for (let i = 0; i < 5; i++) await becomes('db', 1);
    await becomes('db', 2);
    for (let i = 0; i < 5; i++) await becomes('db', 2);
    await becomes('db', 1);
    await becomes('db', 0);
    await becomes('db', 0);
    await until('its recovery is told', () => receiver.told.includes('recovered db'));
    assert.deepEqual(receiver.told, ['raised db', 'worse db', 'better db', 'recovered db']);
    assert.equal(new Set(receiver.messages.map(({ message: { alerts } }) => alerts[0].incident)).size, 1, 'one incident');
    const recovery = receiver.messages[3].message;
    assert.deepEqual([recovery.state, recovery.status, recovery.alerts[0].worst_status], ['resolved', 'healthy', 'down']);
    assert.ok(recovery.alerts[0].ended_at > recovery.alerts[0].began_at);
    await stack.sync();
    assert.deepEqual(
      await ledger(stack),
      ['raised', 'worse', 'better', 'recovered'].flatMap((event, i) => {
        const status = ['degraded', 'down', 'degraded', 'healthy'][i];
        return ['dashboard', 'webhook'].map((channel) => ({ service_name: 'db', channel, event, status, state: 'delivered', reason: null }));
      }),
    );
    const attempts = await stack.sql(`SELECT attempt, status_code, error, duration_ms FROM health_alert_attempts ORDER BY at`);
    assert.equal(attempts.length, 4);
    for (const { attempt, status_code, error } of attempts) assert.deepEqual([attempt, status_code, error], [1, 200, null]);
  });
});
