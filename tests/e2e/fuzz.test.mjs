// Whatever is sent, rightly or nearly so, the answer is one that the OpenAPI document has, and never a failure of ours.
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { body, query, segment } from './lib/arbitrary.mjs';
import { OpenApi } from './lib/openapi.mjs';
import { runProgram } from './lib/program.mjs';
import { program, startStack } from './lib/stack.mjs';

/** Requests an operation; more of them by hand with SIGNALBOX_FUZZ_RUNS. */
const RUNS = Number(process.env.SIGNALBOX_FUZZ_RUNS ?? 60);

/** Paths that nginx reads before the application does: what they lead to is another address. */
const leadsElsewhere = (path) => /%2f|%2e|%00|^%|\/$|\/\//i.test(path);

const checks = {
  'things.lua': `
    service { name = "postgres", every = "24h", probe = function() return { pct = 1 } end, limits = { pct = { degraded = "> 80" } },
      restart = function() end, logs = function() return "one" end, diagnose = function() end, actions = { ["free-vram"] = function() end } }
    service { name = "a", every = "24h", probe = function() end }`,
};

test('requests that are right or nearly so are answered as the document says, and by no 5xx', async (t) => {
  const stack = await startStack(t, { checks });
  const api = new OpenApi((await stack.get('/admin/health/openapi.json', { as: 'admin' })).json);
  const made = await runProgram([program('signalbox'), 'token', 'create', 'fuzz', '--role', 'admin', '--expires', '1d', '--tokens', stack.file('tokens')]);
  const authorization = { Authorization: `Bearer ${made.stdout.trim()}` };
  const known = { service: ['postgres', 'a', 'nowhere'] };

  for (const entry of api.operations) {
    const { method, path, operation } = entry;
    const parameters = api.parameters(entry);
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const example = (name) => String(parameters.find((one) => one.name === name)?.example ?? name);
    const schema = api.resolve(operation.requestBody)?.content['application/json'].schema;
    const request = fc.record({
      segments: fc.tuple(...names.map((name) => segment(known[name] ?? [example(name)]))),
      search: query(api, parameters.filter((one) => one.in === 'query')),
      type: fc.oneof({ weight: 9, arbitrary: fc.constant('application/json') }, fc.constantFrom('', 'text/plain', 'application/json;', 'application/jsonx')),
      sent: method === 'GET' ? fc.constant(undefined) : body(api, schema),
    });
    await t.test(`${method} ${path}`, async () => {
      await fc.assert(
        fc.asyncProperty(request, async ({ segments, search, type, sent }) => {
          let at = 0;
          const route = path.replace(/\{\w+\}/g, () => segments[at++]);
          if (names.length && leadsElsewhere(route)) return;
          const answer = await stack.get(route + search, { method, headers: { ...authorization, ...(sent === undefined ? {} : { 'Content-Type': type }) }, body: sent });
          const what = `${method} ${route}${search} ${sent ?? ''}`;
          assert.ok(answer.status < 500 || operation['x-role'] === 'nobody', `${what}: ${answer.status} ${answer.text}`);
          api.check(what, entry, answer);
        }),
        { numRuns: RUNS, endOnFailure: true },
      );
    });
  }

  await t.test('and it is as well as before', async () => {
    assert.equal((await stack.get('/admin/health', { headers: authorization })).status, 200);
    assert.doesNotMatch(stack.programs.api.words, /event=worker_died/);
  });
});
