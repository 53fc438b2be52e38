// What every catalogue needs of its language, by Intl: numbers, plurals, lists. Pure.

export interface Words {
  /** "3", "0.5", "1,000", as the language writes them. */
  number: (n: number) => string;
  /** "1 service", "2 services": with the form that the language's plural rule asks for. */
  count: (n: number, one: string, other: string) => string;
  /** "a", "a and b", "a, b and c". */
  list: (names: readonly string[]) => string;
}

export function wordsOf(locale: string): Words {
  const numbers = new Intl.NumberFormat(locale);
  const plurals = new Intl.PluralRules(locale);
  const lists = new Intl.ListFormat(locale, { type: 'conjunction' });
  return {
    number: (n) => numbers.format(n),
    count: (n, one, other) => `${numbers.format(n)} ${plurals.select(n) === 'one' ? one : other}`,
    list: (names) => lists.format(names),
  };
}
