// What catalogues need of their languages: numbers, plurals, lists. Pure.

export interface Words {
  /** "3", "0.5", "1,000", as the language writes them. */
  number: (n: number) => string;
  /** "1 service", "2 services": English and German know these two forms, and so do most of their kin. */
  count: (n: number, one: string, other: string) => string;
  /** "a", "a and b", "a, b and c". */
  list: (names: readonly string[]) => string;
}

/** Made when it is wanted first. */
export function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** `thousands`: what stands between them. Whole numbers go without Intl, whose first use takes a slow machine a tenth of a second: the answer to "is
 * everything running?" is full of them. */
export function wordsOf(locale: string, thousands: string): Words {
  const numbers = once(() => new Intl.NumberFormat(locale));
  const lists = once(() => new Intl.ListFormat(locale, { type: 'conjunction' }));
  const number = (n: number) =>
    Number.isInteger(n) ? String(n).replace(/\B(?=(\d{3})+$)/g, thousands) : numbers().format(n);
  return {
    number,
    count: (n, one, other) => `${number(n)} ${n === 1 ? one : other}`,
    list: (names) => lists().format(names),
  };
}
