/** The reader's language, and dictionaries: one for each page, both languages side by side, the compiler checks the keys. */
export type Language = 'ja' | 'en';

export const locale = $state({ language: (document.documentElement.lang === 'ja' ? 'ja' : 'en') as Language });

export function speak(language: Language): void {
  locale.language = language;
  document.documentElement.lang = language;
}

/** A sentence, or one that is made of what is given: `(n: number) => string`. */
type Entry = string | ((...given: never[]) => string);
type Same<T> = { [K in keyof T]: T[K] extends (...given: infer G) => string ? (...given: G) => string : string };

/**
 * The words of a page. Read them as `t.title`; they follow the language.
 *
 *     const t = dictionary({ en: { left: (n: number) => `${n} left` }, ja: { left: (n: number) => `あと${n}` } });
 */
export function dictionary<T extends Record<string, Entry>>(words: { en: T; ja: Same<T> }): T {
  return new Proxy(words.en, {
    get: (_, key) => (words[locale.language] as Record<PropertyKey, unknown>)[key],
  });
}
