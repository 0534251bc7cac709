/** What a head's row says, in places of tokens. */

/** A token's name; ∎ where an entry of a diary ends. */
export const named = (token: string): string => (token === 'U+001E' ? '∎' : token);

/** The places that a row looks at most: those above a fair share that together make up most of it; none if it looks everywhere. */
export function lookedAt(row: number[], most = 3): number[] {
  const total = row.reduce((sum, one) => sum + one, 0) || 1;
  const places = row.map((share, place) => ({ place, share: share / total })).sort((a, b) => b.share - a.share);
  if (!places.length || (row.length > 4 && places[0]!.share < 2 / row.length)) return [];
  const found = places.slice(0, most).filter((one) => one.share >= places[0]!.share * 0.3);
  return found.map((one) => one.place).sort((a, b) => a - b);
}

/** Rows (the last is never written after) from a token of the answer; -1: it cannot be told. */
export function rowOf(ids: number[], answer: number[], place: number): number {
  const begins = ids.length - answer.length;
  if (begins < 0 || !answer.every((id, i) => ids[begins + i] === id)) {
    const shifted = answer.slice(-ids.length);
    return shifted.every((id, i) => ids[i] === id) ? Math.max(-1, place - (answer.length - ids.length) - 1) : -1;
  }
  return begins + place - 1;
}
