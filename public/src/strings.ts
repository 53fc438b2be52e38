// The page's language. `t` is the catalogue in force: it changes when another one is chosen, and the whole page is rendered anew then.
// English is always there; any other catalogue is fetched when it is wanted.
import { useSyncExternalStore } from 'react';
import { en } from './strings/en';

export type Strings = typeof en;
export type Language = 'en' | 'de';

/** Each in its own words, as people look for them. */
export const LANGUAGES: Record<Language, string> = { en: 'English', de: 'Deutsch' };

const KEY = 'signalbox.language';
const loaders: Record<Language, () => Promise<Strings>> = {
  en: async () => en,
  de: () => import('./strings/de').then((module) => module.de),
};
const listeners = new Set<() => void>();

export let t: Strings = en;
let language: Language = 'en';

/** What was chosen, else what the browser asks for, else English. */
export function preferredLanguage(kept: string | null, asked: readonly string[]): Language {
  const known = (text: string): text is Language => Object.hasOwn(LANGUAGES, text);
  if (kept && known(kept)) return kept;
  for (const tag of asked) {
    const [base = ''] = tag.toLowerCase().split('-');
    if (known(base)) return base;
  }
  return 'en';
}

async function load(next: Language) {
  t = await loaders[next]();
  language = next;
  document.documentElement.lang = next;
  for (const listener of listeners) listener();
}

/** Before anything is shown. A catalogue that cannot be fetched leaves English. */
export async function startLanguage() {
  const wanted = preferredLanguage(localStorage.getItem(KEY), navigator.languages ?? []);
  if (wanted !== 'en') await load(wanted).catch(() => undefined);
}

export async function chooseLanguage(next: Language) {
  await load(next);
  localStorage.setItem(KEY, next);
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

export function useLanguage(): Language {
  return useSyncExternalStore(subscribe, () => language);
}

/** What the page calls something that the server names; a name it does not know stands for itself. */
export function wordFor(words: Readonly<Record<string, string>>, name: string): string {
  return (Object.hasOwn(words, name) && words[name]) || name;
}
