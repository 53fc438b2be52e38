// Uptime as clients see it: numbers that anyone can check, and timelines that a page can draw.
import assert from 'node:assert/strict';
import test from 'node:test';
import { startStack, until } from './lib/stack.mjs';

const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;
const RANGES = { '24h': DAY_S, '7d': 7 * DAY_S, '30d': 30 * DAY_S, '90d': 90 * DAY_S };

const checks = {
  'two.lua': `for _, name in ipairs { "steady", "flapping" } do
    service { name = name, every = "24h", probe = function() return { n = 1 } end }
  end`,
};

/** The percentage that those seconds make, as it is cut. */
const percentOf = ({ healthy, degraded, down, weight }) => {
  const known = healthy + degraded + down;
  return known ? Math.floor(((healthy + weight * degraded) / known) * 1e6 + 1e-6) / 1e4 : null;
};

/** Replaces a service's history. Hours before now: [status, from, to], the last one open when `to` is 0. */
async function writeHistory(stack, service, rows) {
  const values = rows.map(([status, from, to]) => {
    const ended = to ? `now() - interval '${to * HOUR_S} seconds'` : 'NULL';
    return `('${service}', '${status}', now() - interval '${from * HOUR_S} seconds', ${ended})`;
  });
  await stack.postgres.exec(`
    DELETE FROM uptime_records WHERE service_name = '${service}';
    INSERT INTO uptime_records (service_name, status, started_at, ended_at) VALUES ${values.join(', ')}`);
}

test('uptime: percentages that follow from the seconds beside them, and timelines made for so many pixels', async (t) => {
  const stack = await startStack(t, { checks, settings: { uptime: { degraded_weight: 0.25 } } });
  await stack.sync();
  const ask = async (query = '') => (await stack.get(`/admin/health/uptime${query}`, { as: 'viewer' })).json;
  const of = async (service, query = '') => (await ask(`?service=${service}${query}`)).services[0];

  await writeHistory(stack, 'steady', [
    ['healthy', 100 * 24, 50 * 24],
    ['degraded', 50 * 24, 40 * 24],
    ['healthy', 40 * 24, 36], // then a hole of an hour: nobody knows
    ['down', 35, 34],
    ['healthy', 34, 0],
  ]);
  // A minute of each, for two days; at one moment in it something bad.
  const minutes = Array.from({ length: 2880 }, (_, i) => [i % 2 ? 'degraded' : 'healthy', 60 - i / 60, 60 - (i + 1) / 60]);
  minutes[1000][0] = 'down';
  await writeHistory(stack, 'flapping', [['healthy', 100, 60], ...minutes, ['healthy', 12, 0]]);

  await t.test('the arithmetic is in the answer: seconds of each status add up to the range, and the percentage follows', async () => {
    const steady = await of('steady');
    for (const [range, length] of Object.entries(RANGES)) {
      const seconds = steady.seconds[range];
      const sum = seconds.healthy + seconds.degraded + seconds.down + seconds.unknown;
      assert.ok(Math.abs(sum - length) < 0.01, `${range}: ${sum}`);
      assert.equal(seconds.weight, 0.25, 'as settings.lua has it');
      assert.ok(Math.abs(steady[`uptime_${range}`] - percentOf(seconds)) < 0.00011, range);
    }
    const near = (found, expected) => assert.ok(Math.abs(found - expected) < 120, `${found} is not about ${expected}`);
    near(steady.seconds['24h'].healthy, DAY_S);
    assert.equal(steady.uptime_24h, 100);
    near(steady.seconds['7d'].down, HOUR_S);
    near(steady.seconds['7d'].unknown, HOUR_S);
    near(steady.seconds['90d'].degraded, 10 * DAY_S);
    assert.equal(steady.seconds['30d'].degraded, 0);
  });

  await t.test('what is not known is left out of the number and stands beside it', async () => {
    await writeHistory(stack, 'steady', [['healthy', 10, 9]]);
    const { seconds, ...steady } = await until('the numbers are fetched anew', async () => {
      const found = await of('steady');
      return found.seconds['7d'].down === 0 && found;
    });
    assert.deepEqual([steady.uptime_24h, steady.uptime_90d], [100, 100]);
    assert.ok(Math.abs(seconds['90d'].unknown - (90 * DAY_S - HOUR_S)) < 120);
    await writeHistory(stack, 'steady', [['healthy', 3000, 2900]]);
    const nothing = await until('nothing is known', async () => {
      const found = await of('steady');
      return found.uptime_90d === null && found;
    });
    assert.deepEqual([nothing.uptime_24h, nothing.uptime_7d, nothing.uptime_30d, nothing.timeline], [null, null, null, []]);
  });

  await t.test('a timeline is cut to its range, and an open window has no end', async () => {
    const { from, to, services } = await ask('?service=flapping&days=1');
    const { timeline } = services[0];
    assert.equal(new Date(to) - new Date(from), DAY_S * 1000);
    assert.equal(timeline[0].started_at, from);
    assert.deepEqual([timeline.at(-1).status, timeline.at(-1).ended_at, timeline.at(-1).duration_seconds], ['healthy', null, null]);
    for (const [i, { started_at, ended_at, duration_seconds }] of timeline.entries()) {
      assert.ok(started_at >= from && (ended_at ?? to) <= to);
      assert.ok(i === 0 || started_at >= timeline[i - 1].ended_at);
      if (ended_at) assert.ok(Math.abs(duration_seconds - (new Date(ended_at) - new Date(started_at)) / 1000) <= 0.5);
    }
  });

  await t.test('what is shorter than a pixel is merged and its worst stays, with the id of that window', async () => {
    const { timeline } = await of('flapping', '&days=7&pixels=100');
    assert.ok(timeline.length < 50, `${timeline.length} segments`);
    const down = timeline.filter((segment) => segment.status === 'down');
    assert.equal(down.length, 1);
    const [{ id }] = await stack.sql(`SELECT id FROM uptime_records WHERE service_name = 'flapping' AND status = 'down'`);
    assert.equal(down[0].id, id);
    assert.ok(down[0].windows > 50 && down[0].duration_seconds >= 7 * DAY_S / 100);
    assert.deepEqual([timeline[0].status, timeline[0].windows, timeline.at(-1).windows], ['healthy', 1, 1], 'the long ones are as they were');
    const whole = (await of('flapping', '&days=5&pixels=10000')).timeline;
    assert.equal(whole.length, minutes.length + 2, 'a minute is as long as a pixel there');
  });

  await t.test('the weight is a setting; deleted, it is the default again', async () => {
    const weight = async (expected) =>
      until(`the weight is ${expected}`, async () => {
        await stack.sync();
        return (await of('flapping')).seconds['7d'].weight === expected;
      });
    await stack.writeCheck('settings.lua', 'return { uptime = { degraded_weight = 1 } }');
    await weight(1);
    await stack.removeCheck('settings.lua');
    await weight(0.5);
    await stack.writeCheck('settings.lua', 'return { uptime = { degraded_weight = 2 } }');
    await stack.reload();
    const { files } = await stack.control({ op: 'status' });
    assert.match(JSON.stringify(files), /degraded_weight: must be a number from 0/);
    await weight(0.5);
  });

  await t.test('parameters are read strictly', async () => {
    for (const query of ['?pixels=0', '?pixels=10001', '?pixels=many', '?days=0', '?days=91', '?pixel=5', '?service=nobody']) {
      const { status, headers } = await stack.get(`/admin/health/uptime${query}`, { as: 'viewer' });
      assert.deepEqual([status, headers['content-type']], [query.includes('nobody') ? 404 : 400, 'application/problem+json'], query);
    }
  });
});
