import { expect, it } from 'vitest';
import { incidentHref, pageHref, placeOf, serviceHref } from './address';

it('the address names the page, and what is open on it', () => {
  expect(placeOf(pageHref('overview'))).toMatchObject({ page: 'overview', service: null });
  expect(placeOf(pageHref('timeline', { days: '7' }))).toMatchObject({ page: 'timeline' });
  expect(placeOf(pageHref('timeline', { days: '7', x: null })).query.get('days')).toBe('7');
  expect(placeOf(serviceHref('comfyui-1'))).toMatchObject({ page: 'overview', service: 'comfyui-1' });
  expect(placeOf(serviceHref('a/b c', { view: 'logs' }))).toMatchObject({ service: 'a/b c' });
  expect(placeOf(serviceHref('a/b c', { view: 'logs' })).query.get('view')).toBe('logs');
  expect(placeOf(incidentHref(42))).toMatchObject({ page: 'timeline', incident: '42' });
});

it('an address that nobody made leads to the first page', () => {
  for (const hash of ['', '#', '#services', '#/', '#/service/', '#/service/%', '#/nonsense/x'])
    expect(placeOf(hash)).toMatchObject({ page: 'overview', service: null, incident: null });
});
