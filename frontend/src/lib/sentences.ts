/** What is said of a problem, by its code. Pages add their own with `say`. */
import { Problem } from '../api/client';
import { called, inJapanese, isName, saidInJapanese, type Said } from './errors';
import { locale, type Language } from './locale.svelte';

export interface Told {
  /** What happened. */
  what: string;
  /** The exact reason, where the rooms below gave one. */
  why?: string;
  /** What is safe, and what to do. */
  then?: string;
  /** What is not said in the reader's language. */
  rest?: string;
}
type Teller = (detail: Record<string, any>) => Told;
type Both = Record<Language, Told | Teller>;

const known: Record<string, Both> = {
  offline: {
    en: { what: 'The studio is not answering.', then: 'Look at the terminal it was started in; nothing that was kept is lost.' },
    ja: { what: '芽吹きが応えません。', then: 'はじめた端末を見てください。残したものは、なくなっていません。' },
  },
  storage: {
    en: { what: 'The disk would not take it.', then: 'Nothing was changed. Free some space, or look whether the folder may be written.' },
    ja: { what: 'ディスクに書けませんでした。', then: '何も変わっていません。空きをつくるか、フォルダーの許可をみてください。' },
  },
  not_found: {
    en: { what: 'It is not here any more.', then: 'It may have been moved or thrown away.' },
    ja: { what: 'もうここにはありません。', then: '動かしたか、捨てたのかもしれません。' },
  },
  too_large: {
    en: { what: 'That is more than fits at once.', then: 'Nothing was taken. Try a smaller piece.' },
    ja: { what: '一度に受けとれる大きさを超えています。', then: '何も受けとっていません。小さく分けてください。' },
  },
  locked: {
    en: { what: 'The diary is locked.', then: 'Your passphrase opens it.' },
    ja: { what: '鍵がかかっています。', then: '合いことばで開きます。' },
  },
  wrong_passphrase: {
    en: { what: 'That is another passphrase.', then: 'Capitals count, spaces at the ends do not.' },
    ja: { what: '合いことばがちがいます。', then: '大文字と小文字も区別します。' },
  },
  run: {
    en: { what: 'The run cannot do this just now.', then: 'Nothing was changed.' },
    ja: { what: 'この学習には、いまそれができません。', then: '何も変わっていません。' },
  },
  diary: {
    en: { what: 'The diary would not have that.', then: 'Nothing was changed.' },
    ja: { what: '日記が受けつけませんでした。', then: '何も変わっていません。' },
  },
  recipe: {
    en: { what: 'One of the values does not fit.', then: 'Nothing was changed.' },
    ja: { what: '合わない値があります。', then: '何も変わっていません。' },
  },
  day: {
    en: { what: 'There is no such day or time.', then: 'Nothing was changed.' },
    ja: { what: 'その日付か時刻は、ありません。', then: '何も変わっていません。' },
  },
  explore: {
    en: { what: 'It could not be looked up.', then: 'The diary stays as it is.' },
    ja: { what: '調べられませんでした。', then: '日記はそのままです。' },
  },
  divergence: {
    en: { what: 'The training has blown up.', then: 'The last checkpoint is kept.' },
    ja: { what: '学びが暴れてしまいました。', then: 'まえのチェックポイントは残っています。' },
  },
  question: {
    en: { what: 'That cannot be read as a sum.', then: 'Try 3×(4+5)−6÷2.' },
    ja: { what: '式として読めません。', then: '3×(4+5)−6÷2 のように書いてみてください。' },
  },
  ending: {
    en: { what: 'The studio is just ending.', then: 'Nothing that was kept is lost.' },
    ja: { what: '芽吹きは、いま終わるところです。', then: '残したものは、なくなっていません。' },
  },
  no_token: {
    en: { what: 'This page needs its key.', then: 'Open it with the address printed in the terminal.' },
    ja: { what: 'このページには鍵が要ります。', then: '端末に出ているアドレスから開いてください。' },
  },
};
/** How pydantic names what does not fit, by what its name begins with. */
const MISFITS: [string, Record<Language, (limits: Record<string, any>) => string>][] = [
  ['missing', { en: () => 'is missing', ja: () => 'がありません' }],
  ['string_too_short', { en: (d) => `needs at least ${d.min_length} letters`, ja: (d) => `は${d.min_length}文字以上にしてください` }],
  ['string_too_long', { en: (d) => `may have at most ${d.max_length} letters`, ja: (d) => `は${d.max_length}文字までです` }],
  ['too_short', { en: (d) => `needs at least ${d.min_length}`, ja: (d) => `は${d.min_length}つ以上にしてください` }],
  ['too_long', { en: (d) => `may be at most ${d.max_length}`, ja: (d) => `は${d.max_length}までです` }],
  ['greater_than_equal', { en: (d) => `must be ${d.ge} or more`, ja: (d) => `は${d.ge}以上にしてください` }],
  ['greater_than', { en: (d) => `must be more than ${d.gt}`, ja: (d) => `は${d.gt}より大きくしてください` }],
  ['less_than_equal', { en: (d) => `must be ${d.le} or less`, ja: (d) => `は${d.le}以下にしてください` }],
  ['less_than', { en: (d) => `must be less than ${d.lt}`, ja: (d) => `は${d.lt}より小さくしてください` }],
  ['date', { en: () => 'must be a day, as 2026-11-21', ja: () => 'は 2026-11-21 のような日付にしてください' }],
  ['time', { en: () => 'must be a time, as 08:30', ja: () => 'は 08:30 のような時刻にしてください' }],
  ['int', { en: () => 'must be a whole number', ja: () => 'は整数にしてください' }],
  ['float', { en: () => 'must be a number', ja: () => 'は数にしてください' }],
  ['finite_number', { en: () => 'must be a number', ja: () => 'は数にしてください' }],
  ['bool', { en: () => 'must be true or false', ja: () => 'は true か false にしてください' }],
  ['literal_error', { en: (d) => `must be ${d.expected}`, ja: (d) => `は ${String(d.expected).replaceAll(' or ', '、')} のどれかにしてください` }],
  ['', { en: () => 'does not fit', ja: () => 'が合いません' }],
];
interface Misfit { field: string; kind: string; limits: Record<string, any> }

function misfit({ field, kind, limits }: Misfit): string {
  const name = field.split('.').at(-1) || field;
  const said = MISFITS.find(([begins]) => kind.startsWith(begins))![1][locale.language](limits);
  return locale.language === 'ja' ? `${inJapanese(name) ?? called(name) ?? name} ${said}。`.replace(/(?<=[^\x00-\x7f]) /, '') : `${name} ${said}.`;
}

say({
  invalid: {
    en: (d) => ({ what: 'Something in it does not fit.', then: `${(d.fields as Misfit[]).map(misfit).join(' ')} Nothing was changed.` }),
    ja: (d) => ({ what: '合わないところがあります。', then: `${(d.fields as Misfit[]).map(misfit).join('')}何も変わっていません。` }),
  },
});
const other: Both = {
  en: { what: 'That did not work.', then: 'Nothing was lost.' },
  ja: { what: 'うまくいきませんでした。', then: '何もなくなっていません。' },
};

/** Add sentences for codes of a page's own. */
export function say(codes: Record<string, Both>): void {
  Object.assign(known, codes);
}

/** What is to be said of a problem: by its code, and with the reason that the rooms below gave. */
export function sentences(problem: unknown): Told {
  const [code, detail] = problem instanceof Problem ? [problem.code, problem.detail] : ['failed', {}];
  const found = (known[code] ?? other)[locale.language];
  const told = typeof found === 'function' ? found(detail) : found;
  if ('hint' in detail && detail.given) return { ...told, ...reason(detail as Said, told.then) };
  if (code in known) return told;
  return { ...told, rest: Object.values(detail).filter((value) => typeof value === 'string' && value).join('\n') };
}

function reason(said: Said, then = ''): Omit<Told, 'what'> {
  if (locale.language === 'ja') {
    const found = saidInJapanese(said);
    return { why: found.what, then: [found.then, then].filter(Boolean).join(''), rest: found.rest };
  }
  const near = isName(said.hint ?? '');
  const told = [said.allowed && `Allowed: ${said.allowed}.`, near && `Try ${said.hint}.`, then];
  return { why: spoken(said.given!), then: told.filter(Boolean).join(' '), rest: near ? '' : said.hint };
}

/** One sentence of the rooms below, as the reader reads it; where nobody has written it in Japanese, as it is. */
export function spoken(english: string): string {
  if (!english) return '';
  const japanese = locale.language === 'ja' ? inJapanese(english) : undefined;
  return japanese ? `${japanese}。` : `${english[0]!.toUpperCase()}${english.slice(1)}${/[.!?]$/.test(english) ? '' : '.'}`;
}
