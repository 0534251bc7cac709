import { describe, expect, it, vi } from 'vitest';
import { inJapanese, saidInJapanese } from '../src/lib/errors';

vi.stubGlobal('document', { documentElement: { lang: 'ja' } });
vi.stubGlobal('sessionStorage', { getItem: () => null, setItem: () => {} });
const { Problem } = await import('../src/api/client');
const { sentences } = await import('../src/lib/sentences');
await import('../src/pages/train/settings');
for (const page of ['train', 'diary', 'talk']) await import(`../src/pages/${page}/words.ts`);
await import('../src/pages/talk/refusals');

describe('a sentence of the rooms below', () => {
  it('is found by what stands between its holes', () => expect(inJapanese('a.txt is empty')).toBe('a.txt は空です'));
  it('that says more goes before one that is almost all holes', () =>
    expect(inJapanese('a.txt is not a text file: it holds NUL bytes')).toContain('文章のファイルではありません'));
  it('keeps its numbers, and names settings as the page does', () =>
    expect(saidInJapanese({ given: 'dropout is 2', allowed: '0 to 0.95', hint: '0.95' })).toEqual({
      what: 'ドロップアウトが 2 になっています。', then: '使えるのは、0 から 0.95 までです。たとえば 0.95 にしてみてください。', rest: '',
    }));
  it('takes what it quotes as it is, whatever stands in it', () => expect(inJapanese("'a is empty' is no word")).toBe('「a is empty」は、ひとつのことばとして読めません'));
  it('that nobody has written stays English, beside', () => expect(saidInJapanese({ given: 'the moon is low' })).toEqual({ what: undefined, then: undefined, rest: 'the moon is low' }));
});

/** Errors that the server really answered: tests/studio/test_studio_errors.py provokes them. */
const provoked = import.meta.env.VITE_PROVOKED as string | undefined;
const SAID = /[\p{Script=Hiragana}\p{Script=Katakana}]/u;
const ENGLISH = /[a-z]{2,} [a-z]{2,}/i;
const QUOTED = /（[^）]*）|「[^」]*」/g; // what a reader wrote, and what other programs say

describe.runIf(provoked)('what was provoked', () => {
  const found = provoked ? (JSON.parse(provoked) as { name: string; code: string; detail: Record<string, unknown> }[]) : [];
  it.each(found)('$name', ({ code, detail }) => {
    const told = sentences(new Problem(code, detail, 400));
    expect(told.what).not.toBe('うまくいきませんでした。');
    if ('hint' in detail) expect(told.why ?? `nothing for: ${detail.given}`).toMatch(SAID);
    for (const said of [told.what, told.why ?? '', told.then ?? '']) {
      if (said) expect(said).toMatch(SAID);
      expect(said.replace(QUOTED, '')).not.toMatch(ENGLISH);
    }
  });
});
