import { describe, expect, it } from 'vitest';
import type { Service } from '../api/types';
import { arrange, byTitle, type Filter, isSameArrangement, keepOrder, sameOrder } from './arrange';

function service(title: string, change: Partial<Service> = {}): Service {
  return {
    service_name: title.toLowerCase().replace(' ', '-'),
    title,
    group: 'Generation',
    status: 'healthy',
    since: null,
    up_since: null,
    latency_ms: null,
    checked_at: null,
    stale: false,
    error_message: null,
    critical: false,
    public: false,
    uptime: { '7d': null, '30d': null },
    ...change,
  };
}

it('titles stand in the order in which people look for them', () => {
  const titles = ['Zürich 3', 'node 10', 'Node 9', 'ümlaut', 'Uhr', 'node 9.10', 'node 9.9', 'Zurich 2', 'アップ'];
  expect(titles.sort(byTitle)).toEqual([
    'Node 9',
    'node 9.9',
    'node 9.10',
    'node 10',
    'Uhr',
    'ümlaut',
    'Zurich 2',
    'Zürich 3',
    'アップ',
  ]);
});

const services = [
  service('ComfyUI 10'),
  service('ComfyUI 2'),
  service('Lonely', { group: null }),
  service('PostgreSQL', { group: 'Platform' }),
  service('Disk', { status: 'degraded', error_message: 'used_pct is 91' }),
  service('Bus', { status: 'down' }),
  service('Queue', { status: 'down', critical: true }),
  service('Cache', { status: null }),
];

function names(filter: Partial<Filter>, trusted = true) {
  return arrange(services, trusted, { text: '', light: null, ...filter }).map((section) => [
    section.group,
    section.names,
  ]);
}

describe('the grid', () => {
  it('has problems first and worst first, then groups by name, titles as people count, the groupless last', () => {
    expect(names({})).toEqual([
      [null, ['queue', 'bus', 'cache', 'disk']],
      ['Generation', ['comfyui-2', 'comfyui-10']],
      ['Platform', ['postgresql']],
      ['Other services', ['lonely']],
    ]);
  });

  it('filters by words in title, name, group and message, and by status', () => {
    expect(names({ text: 'comfy 10' })).toEqual([['Generation', ['comfyui-10']]]);
    expect(names({ text: 'PLATFORM' })).toEqual([['Platform', ['postgresql']]]);
    expect(names({ text: 'used_pct' })).toEqual([[null, ['disk']]]);
    expect(names({ light: 'no-data' })).toEqual([[null, ['cache']]]);
    expect(names({ light: 'healthy', text: 'disk' })).toEqual([]);
  });

  it('has nothing healthy when the overview is not believed', () => {
    expect(names({}, false)).toHaveLength(1);
    expect(names({ light: 'healthy' }, false)).toEqual([]);
  });
});

describe('the order', () => {
  const changed = (name: string, change: Partial<Service>) =>
    services.map((one) => (one.service_name === name ? { ...one, ...change } : one));

  it('is the same while only measures change', () => {
    expect(sameOrder(services, changed('bus', { latency_ms: 5, checked_at: '2026-08-22T10:00:00Z' }), '')).toBe(true);
    expect(sameOrder(services, changed('bus', { status: 'healthy' }), '')).toBe(false);
    expect(sameOrder(services, changed('bus', { stale: true }), '')).toBe(false);
    expect(sameOrder(services, changed('bus', { error_message: 'other' }), '')).toBe(true);
    expect(sameOrder(services, changed('bus', { error_message: 'other' }), 'bus')).toBe(false);
    expect(sameOrder(services, services.slice(1), '')).toBe(false);
  });

  it('stays while somebody reads: a card that recovers keeps its place, one that is gone leaves, a new one comes last', () => {
    const all = { text: '', light: null };
    const before = arrange(services, true, all);
    const recovered = arrange(changed('queue', { status: 'healthy' }), true, all);
    expect(keepOrder(before, recovered)).toEqual(before);
    expect(isSameArrangement(before, recovered)).toBe(false);
    expect(isSameArrangement(before, keepOrder(before, recovered))).toBe(true);

    const other = arrange([...services.slice(1), service('Alpha'), service('New', { group: 'Zoo' })], true, all);
    expect(keepOrder(before, other).map((one) => one.names)).toEqual([
      ['queue', 'bus', 'cache', 'disk'],
      ['comfyui-2', 'alpha'],
      ['postgresql'],
      ['lonely'],
      ['new'],
    ]);
  });
});
