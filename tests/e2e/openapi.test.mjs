// The OpenAPI document, held against the routes, against itself, and against what a running Signalbox really answers.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { OpenApi } from './lib/openapi.mjs';
import { project, startStack } from './lib/stack.mjs';

const JSON_TYPE = { 'Content-Type': 'application/json' };

/** The services of the document's examples. */
const checks = {
  'examples.lua': `
    service { name = "postgres", title = "PostgreSQL", every = "24h", critical = true,
      probe = function() return { pool_pct = 12.5, version = "15" } end, limits = { pool_pct = { degraded = "> 80", down = "> 95" } },
      restart = function() return "restarted" end, logs = function() return "one\\ntwo" end, diagnose = function() return { seen = true } end,
      actions = { ["free-vram"] = function() return { freed = 1 } end } }
    service { name = "comfyui-1", every = "24h", depends_on = { "postgres" }, public = true, fall = 1, probe = function() http.get("http://127.0.0.1:1/") end }
    preflight { name = "disk", grace = "0s", run = function() error("no room", 0) end }
    service { name = "unknown", every = "24h", probe = function() nothing() end }`,
};

/** What needs more than its examples to be answered with 200: /health is what it is, events are sent to whoever accepts them. */
const OTHERWISE = { '/health': 503, '/health/ready': 503, '/admin/health/stream': 406, '/admin/health/{service}/logs/follow': 406 };

function ask(stack, api, entry, { query = '', as = 'admin', method = entry.method, values } = {}) {
  const changes = entry.method !== 'GET';
  const body = changes ? JSON.stringify(api.exampleBody(entry)) : undefined;
  return stack.get(api.fill(entry, values) + query, { as, method, headers: changes ? JSON_TYPE : {}, body });
}

test('every operation of the document, asked of a running Signalbox, answers as the document says', async (t) => {
  const stack = await startStack(t, { checks });
  const served = await stack.get('/admin/health/openapi.json', { as: 'viewer' });
  const api = new OpenApi(served.json);
  const { operations } = api;

  await t.test('the document is valid OpenAPI 3.1, and its examples are what its schemas say', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(served.json));
    assert.ok(valid, JSON.stringify(errors, null, 1));
    const contents = [];
    const collect = (node) => {
      if (node === null || typeof node !== 'object') return;
      if (node.schema && ('example' in node || 'examples' in node)) contents.push(node);
      Object.values(node).forEach(collect);
    };
    collect(served.json);
    assert.ok(contents.length >= 15);
    for (const { schema, example, examples } of contents)
      for (const value of examples ? Object.values(examples).map((one) => one.value) : [example])
        assert.equal(api.faults(schema, value), '', JSON.stringify(value));
    const ids = api.operations.map(({ operation }) => operation.operationId);
    assert.deepEqual(ids, [...new Set(ids)], 'each operation has a name of its own');
    for (const { operation, path } of api.operations) assert.ok(operation.summary && operation.tags?.length === 1, path);
  });

  await t.test('every row of the route table is in the document with its role, and every operation is a row', async () => {
    const source = await readFile(`${project}/src/api/routes.c`, 'utf8');
    const rows = [...source.matchAll(/\{ "([A-Z]+)", "([^"]+)", ROLE_([A-Z]+),/g)].map(
      ([, method, path, role]) => `${method} ${path.replace(/:([\w]+)/g, '{$1}')} ${role.toLowerCase()}`,
    );
    const described = api.operations.map(({ method, path, operation }) => `${method} ${path} ${operation['x-role']}`);
    assert.deepEqual(described.sort(), rows.sort());
  });

  await t.test('nobody and too small a role are refused as it says', async () => {
    for (const entry of operations) {
      const { method, path, operation } = entry;
      if (operation['x-role'] === 'nobody') continue;
      const nobody = await ask(stack, api, entry, { as: null });
      assert.equal(nobody.status, 401, `${method} ${path}`);
      api.check(`${method} ${path} by nobody`, entry, nobody);
      if (operation['x-role'] !== 'admin') continue;
      const viewer = await ask(stack, api, entry, { as: 'viewer' });
      assert.equal(viewer.status, 403, `${method} ${path}`);
      api.check(`${method} ${path} by a viewer`, entry, viewer);
    }
  });

  await t.test('with its examples each answers as it says, and what is only read is there', async () => {
    for (const entry of operations) {
      const { method, path } = entry;
      const answer = await ask(stack, api, entry);
      api.check(`${method} ${path}`, entry, answer);
      if (method === 'GET' && !/\{(?!service)/.test(path)) assert.ok(answer.status === 200 || answer.status === OTHERWISE[path], `${method} ${path}: ${answer.text}`);
    }
    for (const service of ['comfyui-1', 'unknown'])
      for (const entry of operations.filter(({ method, path }) => method === 'GET' && path.includes('{service}'))) {
        const answer = await ask(stack, api, entry, { values: { service } });
        api.check(`${entry.path} of ${service}`, entry, answer);
      }
  });

  await t.test('what it does not know is refused: parameters, services, media types, methods', async () => {
    for (const entry of operations) {
      const { method, path, operation } = entry;
      const what = `${method} ${path}`;
      if (method === 'GET') {
        const unknown = await ask(stack, api, entry, { query: '?no_such=1' });
        if (operation['x-role'] !== 'nobody') assert.equal(unknown.status, 400, what); // monitors may add what they like
        api.check(`${what}?no_such=1`, entry, unknown);
        const head = await ask(stack, api, entry, { method: 'HEAD' });
        api.check(`HEAD ${path}`, entry, head, true);
      } else {
        const text = await stack.get(api.fill(entry), { as: 'admin', method, headers: { 'Content-Type': 'text/plain' }, body: '{}' });
        assert.equal(text.status, 415, what);
        api.check(`${what} as text/plain`, entry, text);
        const foreign = await stack.get(api.fill(entry), { as: 'admin', method, headers: { ...JSON_TYPE, Origin: 'https://evil.example' } });
        assert.equal(foreign.status, 403, what);
        api.check(`${what} by a foreign page`, entry, foreign);
        const large = await stack.get(api.fill(entry), { as: 'admin', method, headers: JSON_TYPE, body: ' '.repeat(70_000) });
        assert.equal(large.status, 413, what);
        api.check(`${what} of 70 kB`, entry, large);
        const member = await stack.get(api.fill(entry), { as: 'admin', method, headers: JSON_TYPE, body: '{"no_such":1}' });
        assert.ok([404, 422].includes(member.status), `${what} with an unknown member: ${member.status}`);
        api.check(`${what} with an unknown member`, entry, member);
      }
      if (path.includes('{service}')) {
        const nowhere = await ask(stack, api, entry, { values: { service: 'nowhere' } });
        assert.equal(nowhere.status, OTHERWISE[path] ?? 404, what);
        api.check(`${what} of no service`, entry, nowhere);
      }
      const options = await ask(stack, api, entry, { method: 'OPTIONS' });
      assert.deepEqual([options.status, options.text], [204, ''], what);
      assert.ok(options.headers.allow.split(', ').includes(method), `${what}: ${options.headers.allow}`);
      const brew = await ask(stack, api, entry, { method: 'BREW' });
      assert.deepEqual([brew.status, brew.headers.allow], [405, options.headers.allow], what);
      assert.equal(brew.json.type, '/problems/method-not-allowed');
    }
  });

  await t.test('what is tagged is not sent twice, and the tag changes with what is said', async () => {
    for (const path of ['/admin/health', '/admin/health/openapi.json']) {
      const entry = api.operations.find((one) => one.path === path);
      const { headers } = await stack.get(path, { as: 'viewer' });
      assert.equal(headers['cache-control'], 'private, no-cache');
      for (const tags of [headers.etag, headers.etag.slice(2), `"other", ${headers.etag}`, '*']) {
        const same = await stack.get(path, { as: 'viewer', headers: { 'If-None-Match': tags } });
        assert.deepEqual([same.status, same.text, same.headers.etag], [304, '', headers.etag], `${path} ${tags}`);
        api.check(path, entry, same);
      }
      assert.equal((await stack.get(path, { as: 'viewer', headers: { 'If-None-Match': 'W/"0", "1"' } })).status, 200);
      assert.equal((await stack.get(path, { headers: { 'If-None-Match': headers.etag } })).status, 401, 'who may not see it is told nothing');
    }
    const before = await stack.get('/admin/health', { as: 'viewer' });
    await stack.recheck('postgres');
    const after = await stack.get('/admin/health', { as: 'viewer', headers: { 'If-None-Match': before.headers.etag } });
    assert.equal(after.status, 200);
    assert.notEqual(after.headers.etag, before.headers.etag);
  });

  await t.test('when Postgres, or the scheduler, or both are gone, the answers are still those of the document', async () => {
    const reading = operations.filter(({ method }) => method === 'GET');
    const readAll = async (when) => {
      for (const entry of reading) api.check(`${entry.path} ${when}`, entry, await ask(stack, api, entry));
    };
    await stack.end('scheduler');
    await readAll('without the scheduler');
    await stack.postgres.stop('SIGQUIT');
    await readAll('without both');
    await stack.start('scheduler');
    await readAll('without Postgres');
    const live = api.operations.find(({ path }) => path === '/health/live');
    await stack.end('api');
    await readAll('without the application');
    api.check('/health/live', live, await stack.get('/health/live'));
    await stack.start('api');
  });
});
