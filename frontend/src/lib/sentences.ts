/** What is said of a problem, by its code. Pages add their own with `say`. */
import { Problem } from '../api/client';
import { locale, type Language } from './locale.svelte';

export interface Told {
  /** What happened. */
  what: string;
  /** What is safe, and what to do. */
  then?: string;
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
  no_token: {
    en: { what: 'This page needs its key.', then: 'Open it with the address printed in the terminal.' },
    ja: { what: 'このページには鍵が要ります。', then: '端末に出ているアドレスから開いてください。' },
  },
};
const other: Both = {
  en: { what: 'That did not work.', then: 'Nothing was lost.' },
  ja: { what: 'うまくいきませんでした。', then: '何もなくなっていません。' },
};

/** Add sentences for codes of a page's own. */
export function say(codes: Record<string, Both>): void {
  Object.assign(known, codes);
}

export function sentences(problem: unknown): Told {
  const code = problem instanceof Problem ? problem.code : 'failed';
  const told = (known[code] ?? other)[locale.language];
  return typeof told === 'function' ? told(problem instanceof Problem ? problem.detail : {}) : told;
}
