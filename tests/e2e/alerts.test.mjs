// Troubles and who is told of them: from a failing check to the webhook and the ledger, with everything real in between.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import test, { describe } from 'node:test';
import { holdJournal } from './lib/journal.mjs';
import { Receiver, webhook } from './lib/receiver.mjs';
import { shipped, startStack, until } from './lib/stack.mjs';

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
      'channels/webhook.lua': webhook('webhook', receiver.url),
      ...channels?.(receiver),
    }),
    settings: { flap: false, alerts: { delay: '0s', channels: ['webhook'], group: '0s', insecure_urls: false, ...settings } },
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

describe('alerts', { concurrency: 3 }, () => {
  test('a status transition triggers an alert, the ongoing issue no second one, its end a recovery notice', async (t) => {
    const { stack, receiver, becomes } = await startTelling(t);
    await becomes('db', 0);
    const { up_since: up } = await stack.service('db');
    await becomes('db', 1);
    assert.equal((await stack.service('db')).up_since, up, 'degraded is up: it has not been restarted');
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

  test('what a provider does to its own messages, it does to nobody else: down, hanging, cutting off, rate-limiting', async (t) => {
    const { stack, receiver, becomes } = await startTelling(t, {
      services: ['db', 'web', 'quick'],
      channels: () => ({ 'channels/webhook.lua': webhook('webhook', '', '1s') }),
    });
    await stack.writeCheck('quick.lua', `service { name = "quick", every = "100ms", probe = function() return { n = 0 } end }`);
    await stack.reload();
    const of = (name) => receiver.messages.filter(({ path }) => path === `/hook/${name}`).map(({ message }) => message);
    const attempts = (name) =>
      stack.sql(`SELECT t.attempt, t.status_code, t.error, t.duration_ms, a.state, a.reason FROM health_alert_attempts t
        JOIN health_alerts a USING (message_id) WHERE a.service_name = '${name}' AND a.channel = 'webhook' ORDER BY a.created_at, t.attempt`);

    await t.test('promise 5: while it hangs, checks go on, others are told; when it answers again the alert arrives, with the same key', async () => {
      const hung = [];
      receiver.answer = (message, { url }) => (url === '/hook/db' ? new Promise((resolve) => hung.push(resolve)) : undefined);
      await becomes('db', 2);
      await until('its message hangs', () => hung.length === 1);
      const before = (await stack.control({ op: 'status' })).runs;
      await becomes('web', 2);
      await until('the other one is told', () => of('web').length === 1);
      assert.equal(hung.length, 1, 'while the first one still hangs');
      await until('checks go on', async () => (await stack.control({ op: 'status' })).runs.finished >= before.finished + 10);
      const { runs } = await stack.control({ op: 'status' });
      assert.equal(runs.skipped, before.skipped, 'no check is late for it');
      await until('it is given up after its second and tried again', () => hung.length === 2);
      receiver.answer = () => undefined;
      for (const resolve of hung) resolve();
      await until('it is delivered', async () => (await stack.control({ op: 'channels' })).pending === 0);
      assert.equal(new Set(of('db').map(({ id }) => id)).size, 1, 'one key');
      assert.deepEqual(of('db').map(({ attempt }) => attempt), of('db').map((_, n) => n + 1));
      await stack.sync();
      const [first, ...rest] = await attempts('db');
      assert.match(first.error, /timed out/);
      assert.equal(first.state, 'delivered');
      assert.equal(rest[rest.length - 1].error, null);
    });

    await t.test('it hangs up after it has taken the message: it comes again, with the same key', async () => {
      let cuts = 0;
      receiver.answer = () => (cuts++ === 0 ? 'cut' : undefined);
      receiver.messages.length = 0;
      await becomes('db', 0);
      await until('it came twice', () => of('db').length === 2);
      assert.equal(of('db')[0].id, of('db')[1].id);
      await until('it is over', async () => (await stack.control({ op: 'channels' })).pending === 0);
    });

    await t.test('it wants to be left alone for a while, and is', async () => {
      receiver.answer = (message) => (message.attempt === 1 ? { status: 429, headers: { 'Retry-After': '2' }, body: 'slow down' } : 204);
      receiver.messages.length = 0;
      await becomes('db', 2);
      await until('it has come again', () => receiver.messages.length === 2);
      const [first, second] = receiver.messages;
      assert.ok(second.at - first.at >= 1950, `after ${second.at - first.at} ms`);
      await until('the ledger has both', async () => (await stack.sync()) && (await attempts('db')).slice(-1)[0].status_code === 204);
      const rows = (await attempts('db')).slice(-2);
      assert.deepEqual([rows[0].status_code, rows[0].error, rows[1].error], [429, 'answered 429', null]);
      const [{ answer }] = await stack.sql(`SELECT answer FROM health_alert_attempts WHERE status_code = 429`);
      assert.equal(answer, 'slow down');
    });

    await t.test('whoever else is told at the same address leaves it alone as long', async () => {
      const delivered = () => until('all is delivered', async () => (await stack.control({ op: 'channels' })).pending === 0);
      const webAt = async (path) => {
        await becomes('web', 0);
        await until('its end is told', () => receiver.told.includes('recovered web'));
        await delivered();
        await configure(stack, { service_name: 'web', webhook_url: `${receiver.url}/${path}`, escalation_delay_seconds: 0 });
      };
      await webAt('db');
      receiver.answer = (message) => (message.attempt === 1 && message.alerts[0].service_name === 'db' ? { status: 429, headers: { 'Retry-After': '2' } } : 204);
      receiver.messages.length = 0;
      await becomes('db', 0);
      await until('it has answered', async () => (await stack.control({ op: 'channels' })).channels[0].failing);
      await becomes('web', 2);
      await until('both are told', () => receiver.told.length === 2 && receiver.messages.length === 3);
      await delivered();
      const [first, ...rest] = receiver.messages;
      for (const { at, message } of rest) assert.ok(at - first.at >= 1950, `${message.title} after ${at - first.at} ms`);
      await webAt('web');
      await becomes('web', 2);
      await becomes('db', 2);
      await until('both are told', () => receiver.told.includes('raised db') && of('web').length);
      await delivered();
    });

    await t.test('of one incident the later news waits for the earlier', async () => {
      receiver.answer = (message) => (message.attempt <= 2 && message.event === 'recovered' ? 503 : 204);
      receiver.messages.length = 0;
      await becomes('db', 1);
      await becomes('db', 0);
      await until('both are told', async () => of('db').length === 4 && (await stack.control({ op: 'channels' })).pending === 0);
      assert.deepEqual(of('db').map(({ event, attempt }) => `${event} ${attempt}`), ['better 1', 'recovered 1', 'recovered 2', 'recovered 3']);
      receiver.answer = (message) => (message.attempt <= 2 && message.event === 'raised' ? 503 : 204);
      receiver.messages.length = 0;
      await becomes('db', 1);
      await until('it was tried', () => of('db').length >= 1);
      await becomes('db', 2);
      await until('both are told', async () => of('db').length === 4 && (await stack.control({ op: 'channels' })).pending === 0);
      assert.deepEqual(of('db').map(({ event, attempt }) => `${event} ${attempt}`), ['raised 1', 'raised 2', 'raised 3', 'worse 1']);
    });

    await t.test('it will never take it: that is shown, and not tried again; the next alert is', async () => {
      receiver.answer = () => ({ status: 410, body: 'x'.repeat(5000) });
      receiver.messages.length = 0;
      await becomes('db', 0);
      await until('the ledger says so', async () => (await stack.sync()) && (await attempts('db')).slice(-1)[0].state === 'failed');
      const { channels } = await stack.control({ op: 'channels' });
      assert.deepEqual([channels[0].failing, channels[0].last_error, channels[0].pending], [true, 'answered 410', 0]);
      const [{ answer, reason }] = await stack.sql(`SELECT t.answer, a.reason FROM health_alert_attempts t JOIN health_alerts a USING (message_id) WHERE status_code = 410`);
      assert.deepEqual([answer, reason], ['x'.repeat(1024), 'answered 410']);
      receiver.answer = () => undefined;
      await becomes('db', 2);
      await until('the next one arrives', () => receiver.messages.length === 2);
      await until('the channel is proven again', async () => !(await stack.control({ op: 'channels' })).channels[0].failing);
    });

    await t.test('nobody listens there: it arrives when somebody does', async () => {
      await receiver.stop();
      receiver.messages.length = 0;
      await becomes('db', 0);
      await becomes('web', 0);
      await until('it was tried', async () => (await stack.sync()) && (await attempts('db')).slice(-1)[0].state === 'pending');
      await receiver.back();
      await until('both are there', () => receiver.told.length === 2);
      assert.deepEqual(receiver.told.sort(), ['recovered db', 'recovered web']);
    });
  });

  test('promise 2: with Postgres down alerts go out all the same, and the ledger has them afterwards', async (t) => {
    const { stack, receiver, becomes } = await startTelling(t);
    await stack.sync();
    await stack.postgres.stop('SIGQUIT');
    await becomes('db', 2);
    await until('it is told', () => receiver.told.length === 1);
    await stack.restart('scheduler'); // what is configured is known without Postgres too
    await stack.reload();
    await becomes('db', 0);
    await until('the recovery is told', () => receiver.told.length === 2);
    assert.deepEqual(receiver.told, ['raised db', 'recovered db']);
    await stack.postgres.start();
    await stack.sync();
    assert.deepEqual(
      (await ledger(stack, `channel = 'webhook'`)).map(({ event, state }) => [event, state]),
      [
        ['raised', 'delivered'],
        ['recovered', 'delivered'],
      ],
    );
    assert.equal((await stack.sql('SELECT FROM health_alert_attempts')).length, 2);
  });

  test('services that fail together are one message, and what is down speaks for what depends on it', async (t) => {
    const { stack, receiver, says, becomes } = await startTelling(t, {
      services: ['db', 'web', 'app'],
      more: { web: 'depends_on = { "db" },', app: 'depends_on = { "web" },' },
      settings: { group: '1s', delay: '1s' },
    });
    await configure(stack, ...['db', 'web', 'app'].map((service_name) => ({ service_name, escalation_delay_seconds: 1, webhook_url: receiver.url })));

    await t.test('children are found first: they wait for their parent, which is looked at at once', async () => {
      Object.assign(says, { db: 2, web: 2, app: 2 });
      await stack.recheck('app');
      await stack.recheck('web');
      await until('it is told', () => receiver.messages.length === 1);
      const { message } = receiver.messages[0];
      assert.equal(message.title, 'DOWN: The db (n 2 == 2); 2 services depend on it');
      assert.deepEqual(message.alerts[0].dependents.sort(), ['app', 'web']);
      assert.equal(message.alerts.length, 1);
      await until('the others are held, and why', async () => (await stack.sync()) && (await ledger(stack, `state = 'suppressed'`)).length === 2);
      assert.deepEqual(
        (await ledger(stack, `state = 'suppressed'`)).map(({ service_name, reason }) => [service_name, reason]).sort(),
        [
          ['app', 'it depends on web, which is down'],
          ['web', 'it depends on db, which is down'],
        ],
      );
      assert.equal((await stack.service('web')).down_parent, 'db');
    });

    await t.test('they fail without a common cause: one message with a list', async () => {
      await becomes('db', 0);
      await becomes('web', 0);
      await becomes('app', 0);
      await until('the recovery is told', () => receiver.told.length === 2);
      receiver.messages.length = 0;
      await Promise.all([becomes('web', 1), becomes('app', 1), becomes('db', 1)]);
      await until('all three are told', () => receiver.told.length === 3);
      assert.equal(receiver.messages.length, 1);
      assert.match(receiver.messages[0].message.title, /^3 services: /);
      assert.deepEqual(receiver.told.sort(), ['raised app', 'raised db', 'raised web']);
    });
  });

  test('over HTTP: configuration, drills, acknowledgements, maintenance, and why nobody was paged', async (t) => {
    const { stack, receiver, becomes } = await startTelling(t, { services: ['db', 'web'], parts: ['scheduler', 'api', 'nginx'] });
    const send = async (method, route, body, { as = 'admin', headers = {} } = {}) => {
      const { status, headers: said, text } = await stack.get(route, { as, method, headers: { 'Content-Type': 'application/json', ...headers }, body: body && JSON.stringify(body) });
      return { status, headers: said, text, json: text ? JSON.parse(text) : null };
    };
    const alerts = async (as = 'admin') => (await stack.get('/admin/health/alerts', { as })).json;
    const deliveries = async (query) => (await stack.get(`/admin/health/alerts/deliveries?${query}`, { as: 'viewer' })).json.deliveries;
    await stack.sync();

    await t.test('configuration: listed, changed with the etag it is based on, in force at once, audited', async () => {
      await stack.postgres.exec(`DELETE FROM health_alert_configs WHERE service_name = 'web'`);
      const { alerts: list, channels } = await alerts();
      assert.deepEqual(
        list.map((one) => [one.service_name, one.escalation_delay_seconds, one.notification_channels, one.enabled, one.is_default]),
        [
          ['db', 0, ['webhook'], true, false],
          ['web', 0, ['webhook'], true, true],
        ],
      );
      assert.deepEqual(channels.map(({ name, title, file }) => [name, title, file]), [['webhook', "A test's receiver", 'channels/webhook.lua']]);
      assert.equal((await alerts('viewer')).alerts[0].webhook_url, `http://127.0.0.1:${receiver.port}/...`, 'an address is a secret in itself');

      const url = `${receiver.url}/changed`;
      const first = await send('PUT', '/admin/health/alerts/db', { webhook_url: url, reminder_interval_seconds: 3600 }, { headers: { 'If-Match': `"${list[0].etag}"` } });
      assert.deepEqual([first.status, first.json.webhook_url, first.json.reminder_interval_seconds, first.json.escalation_delay_seconds], [200, url, 3600, 0]);
      assert.equal(first.headers.etag, `"${first.json.etag}"`);
      const late = await send('PUT', '/admin/health/alerts/db', { enabled: false }, { headers: { 'If-Match': `"${list[0].etag}"` } });
      assert.deepEqual([late.status, late.json.field], [412, 'If-Match']);

      const began = Date.now();
      await until('the scheduler knows', async () => (await stack.control({ op: 'config' })).config.alerts.some((row) => row.webhook_url === url));
      t.diagnostic(`configuration in force after ${Date.now() - began} ms`);
      await becomes('db', 1);
      await until('it is told there', () => receiver.messages.some(({ path }) => path === '/hook/changed'));
      await becomes('db', 0);

      const [row] = await stack.sql(`SELECT actor, subject, parameters, outcome FROM audit_log WHERE action = 'alert_config'`);
      assert.deepEqual([row.actor, row.subject, row.outcome], ['admin', 'db', 'done']);
      assert.deepEqual([row.parameters.old.reminder_interval_seconds, row.parameters.new.reminder_interval_seconds], [0, 3600]);
      assert.ok(!JSON.stringify(row).includes('/changed'), 'the address is not in it');

      for (const [body, field] of [
        [{ escalation_delay_seconds: 86401 }, 'escalation_delay_seconds'],
        [{ escalation_delay_seconds: -1 }, 'escalation_delay_seconds'],
        [{ webhook_url: 'http://hooks.example.org/' }, 'webhook_url'],
        [{ webhook_url: 'https://169.254.169.254/' }, 'webhook_url'],
        [{ notification_channels: ['pager'] }, 'notification_channels'],
        [{ notification_channels: [7] }, 'notification_channels'],
        [{ reminder_interval_seconds: 5 }, 'reminder_interval_seconds'],
        [{ chanels: [] }, 'chanels'],
      ]) {
        const refused = await send('PUT', '/admin/health/alerts/db', body);
        assert.deepEqual([refused.status, refused.json.field], [422, field], refused.text);
      }
      assert.equal((await send('PUT', '/admin/health/alerts/nowhere', {})).status, 404);
      assert.equal((await send('PUT', '/admin/health/alerts/db', {}, { as: 'viewer' })).status, 403);
    });

    await t.test('a drill goes the whole way and is marked', async () => {
      receiver.messages.length = 0;
      const { status, json } = await send('POST', '/admin/health/alerts/db/test', {});
      assert.equal(status, 202);
      assert.equal(json.sends.length, 1);
      await until('it arrives', () => receiver.messages.length === 1);
      const { message } = receiver.messages[0];
      assert.deepEqual([message.id, message.test, message.event, message.title], [json.sends[0], true, 'drill', 'TEST: an alert about The db would arrive here']);
      await until('the ledger has it with its timing', async () => {
        const [one] = await deliveries('service=db&limit=1');
        return one.event === 'drill' && one.state === 'delivered' && one.message_id === json.sends[0] && one.attempts[0].duration_ms >= 0;
      });
      const { channels } = await alerts();
      assert.ok(Date.now() - new Date(channels[0].last_proven_at) < 60_000, 'the channel is proven');
      const unknown = await send('POST', '/admin/health/alerts/db/test', { channels: ['pager'] });
      assert.deepEqual([unknown.status, unknown.json.field], [422, 'channels']);
    });

    await t.test('acknowledged: told once, then held, until it is lifted', async () => {
      assert.equal((await send('POST', '/admin/health/db/ack', {})).status, 409, 'it is well');
      receiver.messages.length = 0;
      await becomes('db', 1);
      await until('it is told', () => receiver.told.length === 1);
      const ack = await send('POST', '/admin/health/db/ack', { note: 'on it', until: '2099-01-01T00:00:00Z' });
      assert.deepEqual([ack.status, ack.json.by, ack.json.note, ack.json.until], [200, 'admin', 'on it', '2099-01-01T00:00:00Z']);
      assert.deepEqual((await stack.get('/admin/health/db', { as: 'viewer' })).json.acknowledged, ack.json);
      await until('who was told hears of it', () => receiver.told.includes('acknowledged db'));
      await becomes('db', 2);
      await until('worse, and held', async () => (await deliveries('service=db&state=suppressed')).some(({ event }) => event === 'worse'));
      const [held] = await deliveries('service=db&state=suppressed&limit=1');
      assert.equal(held.reason, 'acknowledged by admin: on it');
      assert.equal((await send('DELETE', '/admin/health/db/ack')).status, 204);
      assert.equal((await send('DELETE', '/admin/health/db/ack')).status, 409);
      await until('what is worse is told now', () => receiver.told.includes('worse db'));
      await becomes('db', 0);
      await until('the recovery', () => receiver.told.length === 4);
      assert.deepEqual(receiver.told, ['raised db', 'acknowledged db', 'worse db', 'recovered db']);
      assert.equal((await send('POST', '/admin/health/db/ack', { until: 'soon' })).json.field, 'until');
    });

    await t.test('maintenance: held, with the reason; at its end what is wrong is told and what was is summed up', async () => {
      const window = { title: 'upgrade', services: ['db', 'web'], starts_at: '2026-01-01T00:00:00Z', ends_at: '2099-01-01T00:00:00Z' };
      const { status, json } = await send('POST', '/admin/health/maintenance', window);
      assert.deepEqual([status, json.active, json.created_by, json.next.length], [201, true, 'admin', 1]);
      await stack.configured();
      assert.deepEqual((await stack.get('/admin/health/db', { as: 'viewer' })).json.maintenance, { id: json.id, title: 'upgrade', until: '2099-01-01T00:00:00Z' });
      receiver.messages.length = 0;
      await becomes('db', 1);
      await becomes('web', 2);
      await becomes('web', 0);
      await until('held', async () => (await deliveries('state=suppressed')).filter(({ reason }) => reason === 'maintenance: upgrade').length === 2);
      assert.deepEqual(receiver.told, []);
      const { windows } = (await stack.get('/admin/health/maintenance', { as: 'viewer' })).json;
      assert.deepEqual(windows.map(({ id, active }) => [id, active]), [[json.id, true]]);
      assert.equal((await send('DELETE', `/admin/health/maintenance/${json.id}`)).status, 204);
      assert.equal((await send('DELETE', `/admin/health/maintenance/${json.id}`)).status, 404);
      await until('what is wrong is told, and what was', () => receiver.told.length === 2);
      assert.deepEqual(receiver.told.sort(), ['raised db', 'summary web']);
      const recurring = { title: 'nights', services: ['*'], starts_at: '2026-01-01T00:00:00Z', recurrence: { days: ['sun'], at: '02:30', duration_minutes: 60, time_zone: 'Europe/Berlin' } };
      const again = await send('POST', '/admin/health/maintenance', recurring);
      assert.deepEqual([again.status, again.json.next.length, again.json.ends_at], [201, 3, null]);
      for (const [change, field] of [
        [{ services: [] }, 'services'],
        [{ starts_at: 'yesterday' }, 'starts_at'],
        [{ recurrence: null }, 'ends_at'],
        [{ recurrence: null, ends_at: '2026-01-02T00:00:00Z' }, 'ends_at'],
        [{ recurrence: { ...recurring.recurrence, time_zone: 'Mars/Olympus' } }, 'recurrence.time_zone'],
        [{ recurrence: { ...recurring.recurrence, weekly: true } }, 'recurrence.weekly'],
      ]) {
        const refused = await send('POST', '/admin/health/maintenance', { ...recurring, ...change });
        assert.deepEqual([refused.status, refused.json.field], [422, field], refused.text);
      }
      const audited = await stack.sql(`SELECT action, actor FROM audit_log WHERE action LIKE 'maintenance%' ORDER BY id`);
      assert.deepEqual(audited.map(({ action }) => action), ['maintenance_add', 'maintenance_remove', 'maintenance_add']);
      assert.deepEqual(await stack.sql('SELECT * FROM signalbox_audit_faults()'), []);
    });

    await t.test('an incident says who was told of it', async () => {
      await stack.sync();
      const [{ id }] = await stack.sql(`SELECT id FROM uptime_records WHERE service_name = 'db' AND status = 'down' ORDER BY id LIMIT 1`);
      const { alerts } = (await stack.get(`/admin/health/incidents/${id}`, { as: 'viewer' })).json;
      assert.deepEqual(
        alerts.filter(({ channel }) => channel === 'webhook').map(({ event, state, attempts }) => [event, state, attempts.length]),
        [
          ['raised', 'delivered', 1],
          ['acknowledged', 'delivered', 1],
          ['worse', 'suppressed', 0],
          ['worse', 'delivered', 1],
          ['recovered', 'delivered', 1],
        ],
      );
    });

    await t.test('deliveries in pages, newest first, each once', async () => {
      await stack.sync();
      const [{ all }] = await stack.sql(`SELECT json_agg(id ORDER BY created_at DESC, id DESC) AS all FROM health_alerts`);
      const seen = [];
      for (let cursor = ''; cursor !== null; ) {
        const { json } = await stack.get(`/admin/health/alerts/deliveries?limit=4${cursor && `&cursor=${encodeURIComponent(cursor)}`}`, { as: 'viewer' });
        seen.push(...json.deliveries.map(({ id }) => id));
        cursor = json.next_cursor;
      }
      assert.deepEqual(seen, all);
    });
  });

  test('an outside watcher is pinged while the scheduler works', async (t) => {
    const pings = [];
    const watcher = http.createServer((request, response) => {
      pings.push(request.url);
      response.end();
    });
    watcher.listen(0, '127.0.0.1');
    await once(watcher, 'listening');
    t.after(() => watcher.close());
    const stack = await startStack(t, {
      checks: async () => ({ 'one.lua': 'service { name = "one", every = "1s", probe = function() end }', 'channels/heartbeat.lua': await shipped('channels/heartbeat.lua') }),
      settings: { alerts: { heartbeat_url: `http://127.0.0.1:${watcher.address().port}/ping`, heartbeat_every: '1s' } },
      parts: ['scheduler'],
    });
    await until('it is pinged', () => pings.length);
    assert.equal(pings[0], '/ping');
    const heartbeat = await until('that is known', async () => (await stack.control({ op: 'status' })).heartbeat.pinged_at && (await stack.control({ op: 'status' })).heartbeat);
    assert.equal(heartbeat.error, null);

    // Somebody keeps the journal from being written: what the checks say is not kept, and no ping claims that all is well.
    const release = await holdJournal(t, stack);
    const said = async () => (await stack.control({ op: 'status' })).heartbeat.error;
    await until('no ping is sent', async () => /locked/.test(await said()), 60);
    const before = pings.length;
    const { runs } = await stack.control({ op: 'status' });
    await until('checks go on meanwhile', async () => (await stack.control({ op: 'status' })).runs.finished >= runs.finished + 3, 60);
    assert.equal(pings.length, before, 'silent while it cannot be written');
    await release();
    await until('it is pinged again', () => pings.length > before, 60);
    assert.equal(await until('that is known', async () => ((await said()) === null ? 'well' : null)), 'well');
  });
});
