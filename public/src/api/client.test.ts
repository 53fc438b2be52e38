import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { chooseLanguage } from '../strings';
import { failureOf } from './client';

const answer = (problem: object, status = 422) =>
  new Response(JSON.stringify(problem), { status, headers: { 'Content-Type': 'application/problem+json' } });
const invalid = {
  type: '/problems/invalid',
  title: 'A field is not right',
  detail: '"until" is over.',
  field: 'until',
};

describe('what is said of an answer that is no success', () => {
  beforeEach(() => {
    vi.stubGlobal('localStorage', { setItem: () => undefined });
    vi.stubGlobal('document', { documentElement: { lang: 'en' } });
  });
  afterEach(async () => {
    await chooseLanguage('en');
    vi.unstubAllGlobals();
  });

  it('in English the words of the server', async () => {
    expect(await failureOf(answer(invalid))).toMatchObject({
      kind: 'problem',
      status: 422,
      message: '"until" is over.',
      field: 'until',
    });
    expect((await failureOf(answer({ type: '/problems/new', title: 'Something new' }))).message).toBe('Something new');
  });

  it('in another language what kind of problem it is, and then these', async () => {
    await chooseLanguage('de');
    expect((await failureOf(answer(invalid))).message).toBe('Eine Angabe stimmt nicht: "until" is over.');
    expect((await failureOf(answer({ type: '/problems/new', title: 'Something new' }))).message).toBe('Something new');
  });

  it('what is not the API answers with a number', async () => {
    const page = new Response('<html>', { status: 502, headers: { 'Content-Type': 'text/html' } });
    expect(await failureOf(page)).toMatchObject({ kind: 'silent', status: 502 });
    const broken = new Response('{', { status: 503, headers: { 'Content-Type': 'application/problem+json' } });
    expect(await failureOf(broken)).toMatchObject({ kind: 'silent', status: 503 });
    expect((await failureOf(new Response('', { status: 401 }))).kind).toBe('refused');
  });
});
