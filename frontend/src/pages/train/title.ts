/** A title for a text that brought none: its first line, or the first sentence of it, as far as it stays short. */

const LONGEST = 36; // widths of a Latin letter; a Japanese one takes two
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/;
const SENTENCE = /[。．！？!?]|\.(?=\s|$)/u;
const CLAUSE = /[、，,;；:：—–「『（(\s]/u;
const MARKS = /^[\s#>*+\-=_~`"'「『（(【]+/u;
const CLOSING = /[\s、，,;；:：。．.」』）)】"'*_~`=\-]+$/u;

const letters = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const words = new Intl.Segmenter('ja', { granularity: 'word' });
export const width = (text: string) => [...letters.segment(text)].reduce((sum, { segment }) => sum + (WIDE.test(segment) ? 2 : 1), 0);

/** As much of a name as fits into a width, in Latin letters. */
export function fitting(name: string, most: number): string {
  if (width(name) <= most) return name;
  let kept = '';
  for (const { segment } of letters.segment(name)) {
    if (width(kept + segment) > most - 2) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** The beginning of a line, cut where a sentence, a clause or at least a word ends; "…" where more of the sentence follows. */
export function titleOf(text: string): string {
  const line = text.slice(0, 4000).split(/[\n\r\u2028\u2029]/).map((one) => one.replace(MARKS, '').trim()).find((one) => /[\p{L}\p{N}]/u.test(one)) ?? '';
  const end = line.search(SENTENCE);
  const sentence = (end > 0 ? line.slice(0, end) : line).replace(CLOSING, '');
  if (width(sentence) <= LONGEST) return sentence;
  let best = '', kept = '';
  for (const { segment } of words.segment(sentence)) {
    if (width(kept + segment) > LONGEST - 2) break;
    kept += segment;
    if (CLAUSE.test(segment)) best = kept;
  }
  if (width(best) < LONGEST / 2) best = kept;
  if (!best) return fitting(sentence, LONGEST);
  return `${best.replace(CLOSING, '')}…`;
}
