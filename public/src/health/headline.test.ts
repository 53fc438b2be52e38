import { describe, expect, it } from 'vitest';
import type { Overview, Service } from '../api/types';
import { headlineOf, type Loss, tabTitle } from './headline';

const NOW = Date.parse('2026-08-22T10:00:00Z');

function service(title: string, change: Partial<Service> = {}): Service {
  return {
    service_name: title.toLowerCase(),
    title,
    group: null,
    status: 'healthy',
    since: '2026-08-22T09:56:00Z',
    up_since: null,
    latency_ms: 1,
    checked_at: '2026-08-22T09:59:50Z',
    stale: false,
    error_message: null,
    critical: false,
    public: false,
    uptime: { '7d': null, '30d': null },
    ...change,
  };
}

function overview(services: Service[], source: Overview['source'] = 'scheduler'): Overview {
  return { status: null, ready: true, blocking: [], generated_at: '2026-08-22T10:00:00Z', source, services };
}

const down = { status: 'down' } as const;
const degraded = { status: 'degraded' } as const;
const none = { status: null } as const;
const stale = { stale: true } as const;

describe('the headline', () => {
  const rows: [what: string, services: Service[], light: string, sentence: string, note: RegExp][] = [
    ['all is well', [service('A'), service('B'), service('C')], 'healthy', 'Everything is running', /^All 3 services/],
    ['one service', [service('A')], 'healthy', 'Everything is running', /^The one service/],
    ['one is down', [service('A', down), service('B')], 'down', 'A has been down for 4 minutes', /^The other one/],
    ['two are down', [service('A', down), service('B', down)], 'down', 'A and B are down', /^$/],
    ['three', [service('A', down), service('B', down), service('C', down)], 'down', '3 services are down', /^$/],
    [
      'down before all',
      [service('A', none), service('B', degraded), service('C', down)],
      'down',
      'C has been down for 4 minutes',
      /^Also: 1 is degraded and 1 has no data\.$/,
    ],
    [
      'no data before degraded',
      [service('A', none), service('B', degraded), service('C')],
      'no-data',
      'A has no data',
      /^Also: 1 is degraded\./,
    ],
    [
      'degraded',
      [service('A', degraded), service('B')],
      'degraded',
      'A has been degraded for 4 minutes',
      /^The other one/,
    ],
    ['stale is no data', [service('A', stale), service('B')], 'no-data', 'A has no data', /^The other one/],
    [
      'stale and down is no data',
      [service('A', { ...stale, ...down }), service('B')],
      'no-data',
      'A has no data',
      /other/,
    ],
    [
      'nothing is known',
      [service('A', none), service('B', stale)],
      'no-data',
      'Nothing is known right now',
      /^2 services/,
    ],
    ['nothing is watched', [], 'no-data', 'No services are being watched yet', /checks\.d/],
  ];
  it.each(rows)('%s', (_what, services, light, sentence, note) => {
    const headline = headlineOf(overview(services), true, null, NOW);
    expect(headline).toMatchObject({ light, sentence });
    expect(headline.note).toMatch(note);
  });

  it('shows nothing green that is not known to be green now', () => {
    const healthy = [service('A'), service('B')];
    const silent: Loss = { kind: 'silent', message: 'x', lastHeard: '14:02' };
    expect(headlineOf(overview(healthy), false, null, NOW).light).toBe('no-data');
    expect(headlineOf(overview(healthy), true, silent, NOW)).toMatchObject({
      light: 'no-data',
      sentence: 'The server does not answer',
    });
    expect(headlineOf(overview(healthy, 'database'), true, null, NOW).light).toBe('no-data');
    expect(headlineOf(undefined, true, null, NOW).light).toBe('no-data');
  });

  it('says when the server was last heard from, and why it has no answer', () => {
    expect(headlineOf(undefined, true, { kind: 'silent', message: '', lastHeard: '14:02' }, NOW).note).toContain(
      '14:02',
    );
    expect(
      headlineOf(undefined, true, { kind: 'problem', message: 'all is silent', lastHeard: null }, NOW).note,
    ).toContain('all is silent');
  });
});

describe('the tab', () => {
  it('says the worst there is', () => {
    expect(tabTitle(overview([service('A')]), true, null)).toMatch(/^All running/);
    expect(tabTitle(overview([service('A', down), service('B', none)]), true, null)).toMatch(/^1 down/);
    expect(tabTitle(overview([service('A', degraded), service('B', none)]), true, null)).toMatch(/^1 no data/);
    expect(tabTitle(overview([service('A')]), false, null)).toMatch(/^1 no data/);
    expect(tabTitle(overview([service('A')]), true, { kind: 'silent', message: '', lastHeard: null })).toMatch(
      /^Offline/,
    );
  });
});
