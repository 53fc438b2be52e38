// Each shipped channel against a receiver that is as strict as the provider's documentation: what is required, what is too long, what counts as success.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { lua } from './lib/lua.mjs';
import { runProgram } from './lib/program.mjs';
import { MailServer } from './lib/smtp.mjs';
import { program, shipped } from './lib/stack.mjs';

const alert = {
  event: 'raised',
  state: 'firing',
  incident: 'postgres:1790000000',
  service_name: 'postgres',
  title: 'PostgreSQL <main> & "replica"',
  group: 'Storage',
  critical: true,
  status: 'down',
  worst_status: 'down',
  began_at: '2026-11-24T12:00:00Z',
  since: '2026-11-24T12:00:00Z',
  duration_seconds: 60,
  error_message: 'connection refused',
  dependents: ['backend'],
  link: 'https://health.example.org/#/service/postgres',
};
const message = (more = {}) => ({
  id: '01JD0000000000000000000000',
  attempt: 1,
  created_at: '2026-11-24T12:01:00Z',
  channel: 'x',
  event: 'raised',
  state: 'firing',
  status: 'down',
  title: 'DOWN: PostgreSQL <main> & "replica" (connection refused)',
  text: 'postgres is down since 12:00.\nconnection refused',
  link: 'https://health.example.org/',
  alerts: [alert],
  ...more,
});
const recovered = (more = {}) =>
  message({
    event: 'recovered',
    state: 'resolved',
    status: 'healthy',
    title: 'OK: PostgreSQL',
    alerts: [{ ...alert, event: 'recovered', state: 'resolved', status: 'healthy', ended_at: '2026-11-24T12:05:00Z' }],
    ...more,
  });
const secrets = {
  'webhook-key': 'k3y',
  'pagerduty-key': 'R'.repeat(32),
  'telegram-token': '1:abc',
  'ntfy-token': 'tk_1',
  'pushover-token': 'T'.repeat(30),
  'pushover-user': 'U'.repeat(30),
  'email-password': 'hunter2',
};

/** A provider: `answer(request)` says what it says; requests are kept as {method, url, headers, text, json}. */
async function provider(t, answer) {
  const requests = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const piece of request) text += piece;
    const seen = { method: request.method, url: request.url, headers: request.headers, text };
    try {
      seen.json = JSON.parse(text);
    } catch {
      seen.json = undefined;
    }
    requests.push(seen);
    const { status = 200, headers = {}, body = '' } = answer(seen);
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${server.address().port}`, requests };
}

/** Has the channel send it: what `send` returned, or the error that it raised. */
async function send(name, settings, what) {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'signalbox-channels-'));
  try {
    const file = path.join(directory, `${name}.lua`);
    // One line for what a real installation has in settings.lua and its directory of secrets.
    const around = `local settings, secret = { channels = { ${name} = ${lua(settings)} } }, function(key) return (${lua(secrets)})[key] end`;
    const source = (await shipped(`channels/${name}.lua`)).replace(/^--.*\n/gm, '');
    await writeFile(file, `-- expect: refused "nobody expects this"\n-- deed: channel ${name} send ${JSON.stringify(what)}\n${around}\n${source}`);
    const { stdout } = await runProgram([program('tests/engine-cases'), file]).catch((error) => error);
    const [, word, text] = stdout.match(/, got (\S+) "([^]*)"\n0 passed/);
    if (word !== 'healthy') return { raised: text, word };
    return text === '' ? { returned: null } : { returned: JSON.parse(text) };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const is = (condition, why) => {
  if (!condition) throw new Error(why);
};
/** A provider's validation as its answer: 400 with what is wrong. */
const strict = (check, success) => (request) => {
  try {
    is(request.method === 'POST', 'POST');
    is(/^application\/json/.test(request.headers['content-type']), 'JSON');
    check(request);
    return success;
  } catch (error) {
    return { status: 400, body: error.message };
  }
};
const delivered = ({ returned, raised }) => {
  assert.equal(raised, undefined);
  assert.ok(returned === null || returned === true || (returned.delivered !== false && returned.status < 300), JSON.stringify(returned));
};

test('webhook: Alertmanager version 4, signed, by the address of the service', async (t) => {
  const receiver = await provider(
    t,
    strict(({ json }) => {
      is(json.version === '4' && ['firing', 'resolved'].includes(json.status) && Array.isArray(json.alerts), 'version 4');
      for (const key of ['groupKey', 'receiver', 'groupLabels', 'commonLabels', 'commonAnnotations', 'externalURL']) is(key in json, key);
      for (const one of json.alerts) is(one.labels.alertname && one.startsAt && one.endsAt && one.fingerprint, 'an alert');
    }, { status: 204 }),
  );
  delivered(await send('webhook', { sign: true }, message({ url: `${receiver.url}/hook`, attempt: 3 })));
  const [{ url, headers, text }] = receiver.requests;
  assert.equal(url, '/hook');
  assert.equal(headers['x-health-event-id'], message().id);
  assert.equal(headers['x-health-delivery'], '3');
  const [, stamp, signature] = headers['x-health-signature'].match(/^t=(\d+),v1=([0-9a-f]{64})$/);
  assert.equal(signature, createHmac('sha256', 'k3y').update(`${stamp}.${text}`).digest('hex'));
  delivered(await send('webhook', { url: receiver.url }, recovered()));
  assert.equal(receiver.requests[1].json.alerts[0].endsAt, '2026-11-24T12:05:00Z');
  const { returned } = await send('webhook', {}, message());
  assert.deepEqual([returned.delivered, returned.retry], [false, false]);
});

test('slack: 200 is not enough, the body is `ok`', async (t) => {
  let body = 'ok';
  const receiver = await provider(t, (request) =>
    strict(({ json }) => {
      is(json.text && json.text.length <= 3000 && json.blocks.length <= 50, 'text and blocks');
      is(!/<main>/.test(JSON.stringify(json)), 'escaped');
      for (const block of json.blocks) is(!block.text || block.text.text.length <= 3000, 'a section');
    }, { body })(request),
  );
  delivered(await send('slack', { url: receiver.url }, message({ text: `é${'x'.repeat(3400)}` })));
  body = 'invalid_token';
  const { returned } = await send('slack', { url: receiver.url }, message());
  assert.deepEqual([returned.delivered, returned.retry], [false, false]);
});

test('pagerduty: an event an alert, one key an incident', async (t) => {
  let status = 202;
  const receiver = await provider(t, (request) =>
    strict(({ json }) => {
      is(json.routing_key.length === 32 && ['trigger', 'acknowledge', 'resolve'].includes(json.event_action), 'routing_key and event_action');
      is(json.dedup_key && json.dedup_key.length <= 255, 'dedup_key');
      if (json.event_action === 'trigger') {
        is(json.payload.summary && json.payload.summary.length <= 1024 && json.payload.source, 'payload');
        is(['critical', 'error', 'warning', 'info'].includes(json.payload.severity), 'severity');
      }
    }, { status, body: { status: 'success', message: 'Event processed' } })(request),
  );
  const settings = { url: `${receiver.url}/v2/enqueue` };
  delivered(await send('pagerduty', settings, message({ alerts: [alert, { ...alert, incident: 'b:1', error_message: 'ü'.repeat(900) }] })));
  delivered(await send('pagerduty', settings, message({ event: 'acknowledged', alerts: [{ ...alert, event: 'acknowledged' }] })));
  delivered(await send('pagerduty', settings, recovered()));
  assert.deepEqual(
    receiver.requests.map(({ json }) => [json.event_action, json.dedup_key]),
    [
      ['trigger', 'postgres:1790000000'],
      ['trigger', 'b:1'],
      ['acknowledge', 'postgres:1790000000'],
      ['resolve', 'postgres:1790000000'],
    ],
  );
  for (status of [400, 429, 503]) {
    const { returned } = await send('pagerduty', settings, message());
    assert.deepEqual([returned.status, returned.delivered], [status, false]);
  }
});

test('email: text and HTML over TLS with a log-in; a permanent refusal is not repeated', async (t) => {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'signalbox-mail-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  await runProgram(
    `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout ${directory}/key -out ${directory}/crt`.split(
      ' ',
    ),
  );
  const mail = await MailServer.start(path.join(directory, 'mails'), {
    certificate: `${directory}/crt`,
    key: `${directory}/key`,
    user: 'health',
    password: secrets['email-password'],
  });
  t.after(() => mail.stop());
  const settings = {
    url: mail.url.replace('127.0.0.1', 'localhost'),
    from: 'Signalbox <health@example.org>',
    to: ['ops@example.org'],
    user: 'health',
    ca: `${directory}/crt`,
  };
  delivered(await send('email', settings, message()));
  const [got] = Object.values(await mail.mails());
  assert.equal(got.tls, true);
  assert.deepEqual(got.to, ['ops@example.org']);
  const parts = JSON.stringify(got.parts);
  assert.match(parts, /connection refused/);
  assert.match(parts, /PostgreSQL &lt;main&gt; &amp; &quot;replica&quot;/, 'nothing in the HTML is taken for markup');
  const { raised } = await send('email', { ...settings, user: 'nobody' }, message());
  assert.ok(raised, 'a wrong password can be mended: it is tried again');
});

test('discord: waits for the answer, mentions nobody, minds the lengths', async (t) => {
  let answer = { status: 200, body: { id: '1' } };
  const receiver = await provider(t, (request) =>
    strict(({ url, json }) => {
      is(new URL(url, 'http://x').searchParams.get('wait') === 'true', 'wait');
      is(Array.isArray(json.allowed_mentions.parse) && json.allowed_mentions.parse.length === 0, 'mentions');
      const [embed] = json.embeds;
      is([...embed.title].length <= 256 && [...embed.description].length <= 4096 && Number.isInteger(embed.color), 'embed');
      is(!Number.isNaN(Date.parse(embed.timestamp)), 'timestamp');
    }, answer)(request),
  );
  delivered(await send('discord', { url: `${receiver.url}/api/webhooks/1/abc` }, message({ title: 'ö'.repeat(190), text: 'ü'.repeat(1700) })));
  answer = { status: 429, headers: { 'Retry-After': '1' }, body: { retry_after: 0.75 } };
  const { returned } = await send('discord', { url: receiver.url }, message());
  assert.deepEqual([returned.delivered, returned.retry], [false, 0.75]);
});

test('teams: an Adaptive Card of a version that is drawn everywhere', async (t) => {
  const receiver = await provider(
    t,
    strict(({ json, text }) => {
      is(json.type === 'message' && text.length < 28 * 1024, 'message');
      const [{ contentType, contentUrl, content }] = json.attachments;
      is(contentType === 'application/vnd.microsoft.card.adaptive' && contentUrl === null, 'attachment');
      is(content.type === 'AdaptiveCard' && ['1.2', '1.3', '1.4'].includes(content.version), 'version');
      is(content.body[0].type === 'TextBlock' && content.body[1].facts[0].title, 'body');
    }, { status: 202 }),
  );
  delivered(await send('teams', { url: receiver.url }, message({ alerts: Array.from({ length: 50 }, () => alert) })));
});

test('telegram: plain text of at most 4,096 characters; its own word for "later"', async (t) => {
  let answer = { status: 200, body: { ok: true, result: {} } };
  const receiver = await provider(t, (request) =>
    strict(({ url, json }) => {
      is(url === '/bot1:abc/sendMessage', 'address');
      is(json.chat_id === '-100' && json.text && [...json.text].length <= 4096 && !json.parse_mode, 'message');
    }, answer)(request),
  );
  const settings = { url: receiver.url, chat_id: '-100' };
  delivered(await send('telegram', settings, message({ text: 'ü'.repeat(5000) })));
  answer = { status: 429, body: { ok: false, parameters: { retry_after: 17 } } };
  assert.equal((await send('telegram', settings, message())).returned.retry, 17);
  answer = { status: 200, body: { ok: false } };
  assert.equal((await send('telegram', settings, message())).returned.delivered, false);
});

test('ntfy: JSON to the root', async (t) => {
  const receiver = await provider(
    t,
    strict(({ url, headers, json, text }) => {
      is(url === '/' && json.topic === 'signalbox', 'root and topic');
      is(headers.authorization === 'Bearer tk_1', 'token');
      is(json.priority >= 1 && json.priority <= 5 && Array.isArray(json.tags), 'priority and tags');
      is(Buffer.byteLength(json.message) <= 4096 && text, 'length');
    }, { body: { id: 'x' } }),
  );
  delivered(await send('ntfy', { url: receiver.url, topic: 'signalbox', auth: true }, message({ text: 'ü'.repeat(2500) })));
});

test('pushover: an emergency repeats itself, with how often and how long', async (t) => {
  let body = { status: 1, request: 'x' };
  const receiver = await provider(t, (request) =>
    strict(({ json }) => {
      is(json.token.length === 30 && json.user.length === 30 && json.message && json.message.length <= 1024 && json.title.length <= 250, 'form');
      is(json.priority !== 2 || (json.retry >= 30 && json.expire <= 10800), 'an emergency');
    }, { body })(request),
  );
  delivered(await send('pushover', { url: receiver.url, emergency: true }, message({ text: 'x'.repeat(3000) })));
  assert.equal(receiver.requests[0].json.priority, 2);
  delivered(await send('pushover', { url: receiver.url, emergency: true }, message({ test: true })));
  assert.ok(receiver.requests[1].json.priority < 1, 'a drill wakes nobody');
  body = { status: 0, errors: ['user key is invalid'] };
  assert.equal((await send('pushover', { url: receiver.url }, message())).returned.delivered, false);
});

test('alertmanager: an array; what ended has an end that is over', async (t) => {
  const receiver = await provider(
    t,
    strict(({ url, json }) => {
      is(url === '/api/v2/alerts' && Array.isArray(json), 'array');
      for (const { labels, annotations, startsAt, endsAt } of json) {
        is(labels.alertname && Object.values({ ...labels, ...annotations }).every((value) => typeof value === 'string'), 'labels');
        is(!Number.isNaN(Date.parse(startsAt)) && Date.parse(endsAt) > Date.parse(startsAt), 'startsAt and endsAt');
      }
    }, { status: 200 }),
  );
  delivered(await send('alertmanager', { url: `${receiver.url}/` }, message()));
  delivered(await send('alertmanager', { url: receiver.url }, recovered()));
  const [[firing], [over]] = receiver.requests.map(({ json }) => json);
  assert.deepEqual(firing.labels, over.labels, 'labels are its identity');
  assert.ok(Date.parse(firing.endsAt) > Date.now());
  assert.equal(over.endsAt, '2026-11-24T12:05:00Z');
});

test('a channel that settings do not name is not declared', async () => {
  for (const name of ['slack', 'pagerduty', 'email', 'discord', 'teams', 'telegram', 'ntfy', 'pushover', 'alertmanager', 'dashboard'])
    assert.match(await shipped(`channels/${name}.lua`), /if not (mine|socket) then\n {2}return\nend/, name);
});
