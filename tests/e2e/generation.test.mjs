// Synthetic monitoring as shipped: a minimal job is submitted to each ComfyUI that has a canary, against a counterpart of its protocol.
import assert from 'node:assert/strict';
import test from 'node:test';
import { ComfyUI } from './lib/comfyui.mjs';
import { lua, shipped, startStack, until } from './lib/stack.mjs';

const names = ['well', 'refusing', 'failing', 'busy', 'behind', 'blocked', 'stuck', 'gone', 'none'];
const job = (id, client = 'artist') => [0, id, {}, { client_id: client, create_time: Date.now() }, ['1']];

test('generation: a minimal job comes through, or what keeps it from that is said', async (t) => {
  const instances = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await ComfyUI.start()])));
  t.after(() => Promise.all(Object.values(instances).map((one) => one.stop())));
  const { well, refusing, failing, busy, behind, blocked, stuck, gone } = instances;
  const entry = (name, canary) => [name, { url: instances[name].url, canary: { every: '1h', wait_s: 60, ...canary } }];
  // Whoever waits out its time has little of it.
  const settings = {
    comfyui: {
      ...Object.fromEntries([
        entry('well', {}),
        entry('refusing', { workflow: { 1: { class_type: 'PreviewImage', inputs: {} } } }),
        entry('failing', {}),
        entry('busy', { wait_s: 1 }),
        entry('behind', {}),
        entry('blocked', { wait_s: 2, stuck_s: 1 }),
        entry('stuck', { wait_s: 1 }),
        entry('gone', {}),
      ]),
      none: instances.none.url,
    },
  };
  busy.running = [job('a')];
  busy.pending = [job('b'), job('c')];
  blocked.running = [job('a')];
  const checks = { 'comfyui.lua': await shipped('comfyui.lua'), 'generation.lua': await shipped('generation.lua') };
  const stack = await startStack(t, { checks, settings });
  /** One run's own verdict and what it measured. */
  const look = async (name) => {
    const { ok, status, error_message: why, error } = await stack.recheck(`${name}-generation`);
    if (!ok) throw new Error(error);
    return [status, why, (await stack.service(`${name}-generation`)).measures];
  };

  await t.test('it is there where settings ask for it, and depends on its instance', async () => {
    const { services } = await stack.control({ op: 'overview' });
    const there = services.map((one) => one.service_name).filter((name) => name.endsWith('-generation')).sort();
    assert.deepEqual(there, names.filter((name) => name !== 'none').map((name) => `${name}-generation`).sort());
    assert.deepEqual((await stack.get('/admin/health/well-generation', { as: 'viewer' })).json.depends_on.map((one) => one.service_name ?? one), ['well']);
    assert.equal(instances.none.submitted.length, 0);
  });

  await t.test('a job that comes through is executed each time, not taken from the cache, and nothing of it is left', async () => {
    const before = well.executed;
    for (let i = 1; i <= 3; i++) {
      const [status, why, m] = await look('well');
      assert.deepEqual([status, why, m.outcome, m.queued_behind, m.cached_nodes], ['healthy', null, 'completed', 0, 0]);
      // ComfyUI's clock has whole milliseconds, ours has parts of them.
      assert.ok(m.submit_ms >= 0 && m.wait_ms >= 0 && m.run_ms >= 0 && m.job_ms > m.run_ms - 1, JSON.stringify(m));
      assert.equal(well.executed, before + i);
    }
    assert.deepEqual([well.history, well.running, well.pending], [{}, [], []]);
  });

  await t.test('a workflow that is refused is down, in the words of ComfyUI', async () => {
    const [status, why] = await look('refusing');
    assert.equal(status, 'down');
    assert.equal(why, 'ComfyUI refuses the workflow: Prompt outputs failed validation; node 1 (PreviewImage): Required input is missing: images');
  });

  await t.test('a node that raises is down, with what it raised; somebody\'s interrupt is not known to mean anything', async () => {
    failing.failure = { node_id: '1', node_type: 'EmptyImage', exception_type: 'RuntimeError', exception_message: 'CUDA error: out of memory' };
    const [status, why, m] = await look('failing');
    assert.deepEqual([status, why, m.outcome], ['down', 'the job failed at node 1 (EmptyImage): CUDA error: out of memory', 'failed']);
    failing.failure = null;
    failing.isInterrupted = true;
    const [unknown, said] = await look('failing');
    assert.deepEqual([unknown, said], [null, "somebody interrupted the canary's job: nothing is known by it"]);
    assert.deepEqual(failing.history, {});
    failing.isInterrupted = false;
  });

  await t.test('a busy instance is not down: the canary waits its time behind the others, and goes', async () => {
    const [status, why, m] = await look('busy');
    assert.deepEqual([status, why, m.outcome, m.queued_behind], ['healthy', null, 'waited', 3]);
    assert.deepEqual([busy.running.length, busy.pending.map(([, id]) => id), busy.executed], [1, ['b', 'c'], 0]);
  });

  await t.test('behind others it is executed when it is its turn', async () => {
    const before = behind.executed;
    behind.running = [job('a')];
    const looked = look('behind');
    await until('it waits', () => behind.pending.length > 0);
    behind.running = [];
    behind.work();
    const [status, , m] = await looked;
    assert.deepEqual([status, m.outcome, m.queued_behind, behind.executed], ['healthy', 'completed', 1, before + 1]);
  });

  await t.test('a running job that gives way to nothing for too long is down', async () => {
    const [status, why, m] = await look('blocked');
    assert.equal(status, 'down');
    assert.match(why, /^the running job has not given way for \d+ s, 1 are before the canary$/);
    assert.ok(m.head_s > 1, `${m.head_s}`);
    assert.deepEqual([blocked.running.length, blocked.pending], [1, []]);
  });

  await t.test('its own job that does not end is down, is not interrupted, and is followed by no second one', async () => {
    stuck.isStuck = true;
    const before = stuck.submitted.length;
    assert.deepEqual((await look('stuck')).slice(0, 2), ['down', 'the job has not ended within 1 s']);
    const [status, why] = await look('stuck');
    assert.equal(status, 'down');
    assert.match(why, /^the canary's job of an earlier run is still running, after \d+ s$/);
    assert.deepEqual([stuck.submitted.length, stuck.running.length], [before + 1, 1]);
  });

  await t.test('what an earlier life left waiting is withdrawn, other people\'s jobs are not', async () => {
    busy.pending = [job('b'), job('left', 'signalbox-busy'), job('c')];
    await look('busy');
    assert.deepEqual(busy.pending.map(([, id]) => id), ['b', 'c']);
  });

  await t.test('an instance that goes in the middle is down, with what the network says; a cleared queue is not', async () => {
    gone.isStuck = true;
    const cleared = look('gone');
    await until('its job runs', () => gone.running.length === 1);
    gone.running = [];
    assert.deepEqual((await cleared).slice(0, 2), [null, "the canary's job is neither in the queue nor in the history: ComfyUI was restarted, or somebody cleared them"]);
    const looked = look('gone');
    await until('its job runs', () => gone.running.length === 1);
    await gone.stop();
    const [down, why] = await looked;
    assert.equal(down, 'down');
    assert.match(why, /refused|reset|closed|connect/i);
  });
});
