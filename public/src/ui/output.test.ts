import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import { Output } from './output';

const shown = (value: unknown) => renderToStaticMarkup(createElement(Output, { value }));

it('a text is shown as it is, and nothing as nothing', () => {
  expect(shown('a <b>\nc')).toBe('<pre class="output">a &lt;b&gt;\nc</pre>');
  expect([null, undefined, '', {}, []].map(shown).join('')).toBe('');
});

it('a table is names and values; what says nothing is left out', () => {
  const html = shown({ status: 'healthy', error: null, steps: [], cards: ['a', 'b'], hot: false });
  expect([...html.matchAll(/<dt>(.*?)<\/dt><dd>(.*?)<\/dd>/g)].map((m) => m.slice(1))).toEqual([
    ['status', 'healthy'],
    ['cards', 'a, b'],
    ['hot', 'false'],
  ]);
});

it('a list of like tables is rows and columns', () => {
  const html = shown({
    limits: [
      { measure: 'a', margin: 1 },
      { measure: 'b', met: true },
    ],
  });
  expect([...html.matchAll(/<th scope="col">(.*?)<\/th>/g)].map((m) => m[1])).toEqual(['measure', 'margin', 'met']);
  expect([...html.matchAll(/<td>(.*?)<\/td>/g)].map((m) => m[1])).toEqual(['a', '1', '–', 'b', '–', 'true']);
});

it('what is nested without end is JSON from some depth on', () => {
  expect(shown({ a: { b: { c: { d: { e: { f: 1 } } } } } })).toContain('{\n  &quot;f&quot;: 1\n}');
});
