// A choice that outlives the page: one value in localStorage, read once, told to everybody who shows it. A browser that keeps nothing forgets it.
import { useSyncExternalStore } from 'react';

export interface Stored<T> {
  get: () => T;
  set: (value: T) => void;
  use: () => T;
}

/** `read` makes a value of whatever stands there (null: nothing), `write` a text of a value (null: forget it). */
export function stored<T>(
  key: string,
  read: (text: string | null) => T,
  write: (value: T) => string | null,
): Stored<T> {
  const listeners = new Set<() => void>();
  let value = read(globalThis.localStorage?.getItem(key) ?? null);
  const subscribe = (listener: () => void) => {
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  };
  const get = () => value;
  return {
    get,
    set(next) {
      value = next;
      const text = write(next);
      if (text === null) localStorage.removeItem(key);
      else localStorage.setItem(key, text);
      for (const listener of listeners) listener();
    },
    use: () => useSyncExternalStore(subscribe, get),
  };
}
