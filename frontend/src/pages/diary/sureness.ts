/** How sure a tie is, as a sentence: by its q, the share of wrong ones among ties as sure as it. */
import { t } from './words';

/** The power of ten that still is below 1 / q: 10 to 10,000. */
export function oneIn(q: number): number {
  return Math.min(10_000, 10 ** Math.max(1, Math.floor(Math.log10(1 / Math.max(q, 1e-12)) + 1e-9)));
}

export function sureness(tie: { claimed: boolean; q: number }): string {
  if (!tie.claimed) return t.qPerhaps;
  const n = oneIn(tie.q);
  return `${n >= 10_000 ? t.veryStrong : n >= 1000 ? t.strong : t.tie}${t.q(n).startsWith('O') ? ' ' : ''}${t.q(n)}`;
}
