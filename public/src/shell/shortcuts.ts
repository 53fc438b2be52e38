// Keys for those who have no time for a mouse: / search, j and k from card to card, r ask now, ? this list. Single letters can be switched off, for
// those whose voice or hands type them by accident (WCAG 2.1.4).
import { useEffect, useState } from 'react';
import { stored } from '../ui/stored';

export const shortcutsOn = stored<boolean>(
  'signalbox.shortcuts',
  (text) => text !== 'off',
  (on) => (on ? null : 'off'),
);

export type Key = '/' | 'j' | 'k' | 'r' | '?';
const KEYS: readonly string[] = ['/', 'j', 'k', 'r', '?'];

const handlers = new Map<Key, () => void>();

/** While the component is shown the key does this. */
export function useKey(key: Key, fn: () => void) {
  useEffect(() => {
    handlers.set(key, fn);
    return () => {
      if (handlers.get(key) === fn) handlers.delete(key);
    };
  }, [key, fn]);
}

/** Whether a key that was pressed there is meant as text. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement)
    return !['checkbox', 'radio', 'button', 'submit', 'range'].includes(target.type);
  return target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

export function useShortcuts(ask: () => void) {
  const [shown, setShown] = useState(false);
  useKey('r', ask);
  useEffect(() => {
    function onKey(event: KeyboardEvent) {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (!KEYS.includes(event.key) || !shortcutsOn.get()) return;
      // Over an open dialog only asking anew makes sense.
      if (document.querySelector('dialog[open]') && event.key !== 'r') return;
      if (event.key === '?') setShown(true);
      else handlers.get(event.key as Key)?.();
      event.preventDefault();
    }
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  return { shown, show: () => setShown(true), hide: () => setShown(false) };
}
