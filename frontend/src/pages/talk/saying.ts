import { lookedAt, named } from './looking';
import { t } from './words';

/** What a head looks at, as a sentence. Row t stands for the token that is written after t was read. */
export function sentence(tokens: string[], rows: number[][], row: number): string {
  const places = lookedAt(rows[row] ?? []);
  const written = tokens[row + 1];
  const seen = t.and(places.map((place) => t.token(named(tokens[place]!))));
  if (written === undefined) return places.length ? t.looksNext(seen) : '';
  return places.length ? t.looks(t.token(named(written)), seen) : t.looksEven(t.token(named(written)));
}
