import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { chooseLanguage, preferredLanguage, startLanguage, t, wordFor } from './strings';
import { de } from './strings/de';
import { en } from './strings/en';
import { dayAndTime, longDuration, milliseconds, number, percent } from './ui/format';

const SOURCES = path.dirname(fileURLToPath(import.meta.url));

describe('which language', () => {
  it('what was chosen, else the first one that the browser asks for and that is there, else English', () => {
    expect(preferredLanguage('de', ['en-GB'])).toBe('de');
    expect(preferredLanguage('en', ['de'])).toBe('en');
    expect(preferredLanguage(null, ['fr-FR', 'de-AT', 'en'])).toBe('de');
    expect(preferredLanguage(null, ['DE'])).toBe('de');
    expect(preferredLanguage(null, ['en-US', 'de'])).toBe('en');
    expect(preferredLanguage(null, ['fr'])).toBe('en');
    expect(preferredLanguage(null, [])).toBe('en');
  });

  it('no language is made of what stands in the way', () => {
    expect(preferredLanguage('tlh', ['de'])).toBe('de');
    expect(preferredLanguage('constructor', ['toString'])).toBe('en');
  });
});

describe('another language in force', () => {
  const kept = new Map<string, string>();

  function browserThatAsksFor(...languages: string[]) {
    vi.stubGlobal('localStorage', {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => kept.set(key, value),
    });
    vi.stubGlobal('document', { documentElement: { lang: 'en' } });
    vi.stubGlobal('navigator', { languages });
  }

  afterEach(async () => {
    await chooseLanguage('en');
    kept.clear();
    vi.unstubAllGlobals();
  });

  it('is that of the browser, and everything is written in it', async () => {
    browserThatAsksFor('de-CH', 'en');
    await startLanguage();
    expect(t.status.down).toBe('Ausgefallen');
    expect(document.documentElement.lang).toBe('de');
    expect(t.headline.down('ComfyUI 2', longDuration(240))).toBe('ComfyUI 2 ist seit 4 Minuten ausgefallen');
    expect(t.headline.downMany(1200)).toBe('1.200 Dienste sind ausgefallen');
    expect(t.headline.also([t.headline.alsoDegraded(2), t.headline.alsoNoData(1)])).toBe(
      'Außerdem: 2 Dienste beeinträchtigt und 1 Dienst ohne Daten.',
    );
    expect([percent(99.985), number(12.34), milliseconds(12_345)]).toEqual(['99,98 %', '12,3', '12,3 s']);
    expect(dayAndTime(new Date(2026, 10, 24, 9, 5).getTime())).toBe('24. Nov., 09:05');
    expect(kept.size).toBe(0);
  });

  it('outlives the page when it was chosen', async () => {
    browserThatAsksFor('en');
    await chooseLanguage('de');
    await startLanguage();
    expect(t).toBe(de);
  });

  it('goes back to English', async () => {
    browserThatAsksFor('de');
    await startLanguage();
    await chooseLanguage('en');
    expect([t, document.documentElement.lang, dayAndTime(new Date(2026, 10, 24, 9, 5).getTime())]).toEqual([
      en,
      'en',
      '24 Nov, 09:05',
    ]);
  });
});

it('what the server names and no catalogue knows stands for itself', () => {
  expect(['restart', 'free-vram', 'constructor'].map((name) => wordFor(en.actionNames, name))).toEqual([
    'Restart',
    'free-vram',
    'constructor',
  ]);
});

/** "detail.ranges.24h: text", "ago: 1 parameter" of every entry. */
function shapeOf(catalogue: object, at = ''): string[] {
  return Object.entries(catalogue).flatMap(([key, entry]: [string, unknown]) => {
    if (typeof entry === 'function') return `${at}${key}: ${entry.length} parameters`;
    return typeof entry === 'string' ? `${at}${key}: text` : shapeOf(entry as object, `${at}${key}.`);
  });
}

it('every catalogue says everything, of the same things', () => {
  // What the server says in English, English leaves to it.
  expect(shapeOf({ ...de, problems: {} })).toEqual(shapeOf(en));
});

it('every problem that the server or nginx can name has German words', () => {
  const server = readFileSync(path.join(SOURCES, '../../src/api/problem.c'), 'utf8');
  const nginx = readFileSync(path.join(SOURCES, '../../nginx/signalbox.conf.in'), 'utf8');
  const types = [
    ...[...server.matchAll(/\{ \d{3}, "([a-z-]+)", "/g)].map(([, type]) => type),
    ...[...nginx.matchAll(/"\/problems\/([a-z-]+)"/g)].map(([, type]) => type),
  ];
  expect(types.length).toBeGreaterThan(20);
  expect([...new Set(types)].sort()).toEqual(Object.keys(de.problems).sort());
});

/** Attributes whose text people read or hear. */
const SPOKEN = new Set(['aria-label', 'aria-description', 'aria-valuetext', 'title', 'placeholder', 'alt', 'label']);
/** The same in every language. */
const NO_LANGUAGE = new Set(['https://']);

/** Texts for people that stand in the source itself. */
function textsIn(file: string, source: string): string[] {
  const found: string[] = [];
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
  const keep = (node: ts.Node, text: string) => {
    if (!/\p{L}{2}/u.test(text) || NO_LANGUAGE.has(text)) return;
    found.push(`${file}:${tree.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${text.trim()}`);
  };
  const keepLiterals = (node: ts.Node) => {
    if (ts.isStringLiteralLike(node)) keep(node, node.text);
    else if (ts.isTemplateExpression(node)) {
      for (const text of [node.head.text, ...node.templateSpans.map((span) => span.literal.text)]) keep(node, text);
      // What is compared or looked up is not shown.
    } else if (ts.isConditionalExpression(node)) [node.whenTrue, node.whenFalse].forEach(keepLiterals);
    else if (ts.isParenthesizedExpression(node)) keepLiterals(node.expression);
    else if (ts.isBinaryExpression(node)) keepLiterals(node.right);
  };
  const visit = (node: ts.Node) => {
    if (ts.isJsxText(node)) keep(node, node.text);
    if (ts.isJsxAttribute(node) && SPOKEN.has(node.name.getText()) && node.initializer) {
      keepLiterals(ts.isJsxExpression(node.initializer) ? (node.initializer.expression ?? node) : node.initializer);
    }
    if (ts.isJsxExpression(node) && !ts.isJsxAttribute(node.parent) && node.expression) keepLiterals(node.expression);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

describe('no text for people stands beside the catalogue', () => {
  it('is found where it does', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source
    const source = '<p title={on ? t.a : `is ${b}`} alt="A picture">Hello {name || \'nobody\'} <kbd>/</kbd></p>';
    expect(textsIn('x.tsx', source)).toEqual([
      'x.tsx:1: is',
      'x.tsx:1: A picture',
      'x.tsx:1: Hello',
      'x.tsx:1: nobody',
    ]);
  });

  it('is nowhere', () => {
    const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.tsx'));
    expect(files.length).toBeGreaterThan(30);
    expect(files.flatMap((name) => textsIn(name, readFileSync(path.join(SOURCES, name), 'utf8')))).toEqual([]);
  });
});
