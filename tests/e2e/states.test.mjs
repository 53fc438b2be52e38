// What is true of a service beside its status: it flaps, it depends on one that is down, its runs are skipped.
import assert from 'node:assert/strict';
import test from 'node:test';
import { startStack, until } from './lib/stack.mjs';

const toggled = (name, more = '') =>
  `service { name = "${name}", every = "24h", fall = 1, probe = function() return { v = http.get(settings.url .. "/${name}"):json().v } end,
    limits = { v = { down = "> 0" } }, ${more} }\n`;

test('a service that keeps changing its status flaps, until it has been quiet for long enough; its windows tell all of it', async (t) => {
  const values = {};
  const stack = await startStack(t, {
    settings: ({ target }) => ({ url: target.url, flap: { changes: 4, within: '1h' } }),
    answer: (request) => ({ v: values[request.url.slice(1)] ?? 0 }),
    checks: { 'all.lua': toggled('long') + toggled('short', 'flap = { changes = 3, within = "5s" }') + toggled('never', 'flap = false') },
    parts: ['scheduler', 'api', 'nginx'],
  });
  const change = async (name) => {
    values[name] = values[name] ? 0 : 1;
    await stack.recheck(name);
  };

  await t.test('the fourth change of the settings’ rule makes it flap, on the page and in the detail', async () => {
    for (let n = 0; n < 3; n++) await change('long');
    assert.equal((await stack.service('long')).flapping_since, null);
    await change('long');
    assert.match((await stack.service('long')).flapping_since, /^\d{4}-/);
    const { services } = (await stack.get('/admin/health', { as: 'viewer' })).json;
    assert.deepEqual(
      services.map((service) => [service.service_name, service.flapping_since !== null]),
      [['long', true], ['short', false], ['never', false]],
    );
  });

  await t.test('a restart of the scheduler does not make it forget', async () => {
    const { flapping_since: since } = await stack.service('long');
    await stack.restart('scheduler');
    await stack.reload();
    assert.equal((await stack.service('long')).flapping_since, since);
  });

  await t.test('its own rule, with a short memory: it ends by itself', async () => {
    await until('short flaps', async () => {
      await change('short');
      return (await stack.service('short')).flapping_since;
    });
    await until('short does not flap any more', async () => !(await stack.service('short')).flapping_since);
  });

  await t.test('one that is declared never to', async () => {
    for (let n = 0; n < 8; n++) await change('never');
    assert.equal((await stack.service('never')).flapping_since, null);
  });

  await stack.sync();
  assert.equal((await stack.windows('never')).length, 9);
  assert.equal((await stack.windows('long')).length, 5);
});

test('what a service depends on is shown beside it, and a circle is refused with its way', async (t) => {
  let down = 1;
  const stack = await startStack(t, {
    settings: ({ target }) => ({ url: target.url }),
    answer: () => ({ v: down }),
    checks: {
      'base.lua': toggled('database', 'title = "The database"'),
      'above.lua': `service { name = "backend", every = "24h", depends_on = "database", probe = function() end }
        service { name = "jobs", every = "24h", depends_on = { "backend", "nobody" }, probe = function() end }`,
    },
    parts: ['scheduler'],
  });
  const jobs = await stack.service('jobs');
  assert.deepEqual(jobs.parents, [
    { service_name: 'backend', title: 'backend', status: 'healthy' },
    { service_name: 'nobody', title: null, status: null },
  ]);
  assert.equal(jobs.down_parent, 'database', 'over two steps');
  assert.deepEqual((await stack.service('backend')).parents, [{ service_name: 'database', title: 'The database', status: 'down' }]);
  down = 0;
  await stack.recheck('database');
  assert.equal((await stack.service('jobs')).down_parent, null);

  await stack.writeCheck('base.lua', toggled('database', 'depends_on = "jobs"'));
  await stack.reload();
  const { broken_files: broken } = await stack.control({ op: 'overview' });
  assert.deepEqual(broken, [
    { file: 'base.lua', error: 'base.lua: service database: depends_on goes in a circle: database -> jobs -> backend -> database' },
  ]);
  assert.equal((await stack.recheck('database')).status, 'healthy', 'the version before is in use');
});

test('a due time that comes while the run before is still going is skipped, counted and shown', async (t) => {
  const stack = await startStack(t, {
    settings: ({ target }) => ({ url: target.url }),
    checks: { 'slow.lua': 'service { name = "slow", every = "100ms", timeout = "1m", probe = function() http.get(settings.url) end }' },
    parts: ['scheduler'],
  });
  stack.target.hold();
  const { requests } = stack.target;
  await until('a run is on its way', () => stack.target.requests > requests);
  const { skipped: before } = await stack.service('slow');
  const since = Date.now();
  await until('more than ten intervals are over', () => Date.now() - since > 1100);
  assert.equal(stack.target.requests, requests + 1, 'one run at a time');
  stack.target.release();
  const skipped = await until('the run has ended', async () => {
    const { skipped: now } = await stack.service('slow');
    return now > before && now;
  });
  assert.ok(skipped - before >= 10, `${skipped - before}`);
  assert.ok((await stack.control({ op: 'status' })).runs.skipped >= skipped);
});
