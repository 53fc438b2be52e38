import { describe, expect, it } from 'vitest';
import type { Service } from '../api/types';
import { arrange, type Filter } from './arrange';

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
    section.services.map((one) => one.title),
  ]);
}

describe('the grid', () => {
  it('has problems first and worst first, then groups by name, titles as people count, the groupless last', () => {
    expect(names({})).toEqual([
      [null, ['Queue', 'Bus', 'Cache', 'Disk']],
      ['Generation', ['ComfyUI 2', 'ComfyUI 10']],
      ['Platform', ['PostgreSQL']],
      ['Other services', ['Lonely']],
    ]);
  });

  it('filters by words in title, name, group and message, and by status', () => {
    expect(names({ text: 'comfy 10' })).toEqual([['Generation', ['ComfyUI 10']]]);
    expect(names({ text: 'PLATFORM' })).toEqual([['Platform', ['PostgreSQL']]]);
    expect(names({ text: 'used_pct' })).toEqual([[null, ['Disk']]]);
    expect(names({ light: 'no-data' })).toEqual([[null, ['Cache']]]);
    expect(names({ light: 'healthy', text: 'disk' })).toEqual([]);
  });

  it('has nothing healthy when the overview is not believed', () => {
    expect(names({}, false)).toHaveLength(1);
    expect(names({ light: 'healthy' }, false)).toEqual([]);
  });
});
