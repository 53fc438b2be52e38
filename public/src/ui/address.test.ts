import { expect, it } from 'vitest';
import { serviceHref, serviceOf } from './address';

it('the address names the open service', () => {
  expect(serviceOf(serviceHref('comfyui-1'))).toBe('comfyui-1');
  expect(serviceOf(serviceHref('a/b c'))).toBe('a/b c');
  expect(['', '#services', '#/service/', '#/service/%'].map(serviceOf)).toEqual([null, null, null, null]);
});
