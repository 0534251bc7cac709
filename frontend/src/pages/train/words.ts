import { say } from '../../lib/sentences';
import { count, decimal, duration, large, percent } from '../../lib/format';
import { dictionary, locale } from '../../lib/locale.svelte';
import type { Live, Row, Unit } from './types';

/** So many letters as people say it: 24, 4.3, 1.27. */
export const among = (n: number) => (n >= 1e6 ? large(n) : n >= 10 ? count(n) : decimal(n, n >= 3 ? 1 : 2));

/** letters, 文字 */
export const unitOf = (unit: Unit) =>
  ({ en: { letters: 'letters', pieces: 'pieces of words' }, ja: { letters: '文字', pieces: 'ことばのかけら' } })[locale.language][unit];

export const t = dictionary({
  en: {
    title: 'Grow',
    lede: 'Growing means: a small model reads your text over and over, guesses each next letter, and is corrected each time, until it writes as you do.',
    from: 'What to learn from',
    paste: 'A text I paste',
    files: 'Files',
    diary: 'My diary',
    sample: 'The sample diary',
    calculator: 'Arithmetic with steps',
    addition: 'Addition by heart',
    pasteHere: 'Paste or type a text: a page or more. The more of it, the better it gets.',
    pasteLabel: 'The text to learn from',
    letters: (n: number) => `${count(n)} letters`,
    drop: 'Drop files here, or choose them: .txt, .md or .jsonl, several if you like.',
    choose: 'Choose files',
    reading: 'reading …',
    takeAway: (name: string) => `Take away ${name}`,
    within: 'Your diary is encrypted. A run would lay a copy of its words in the clear, so none is begun. What can grow is a model within the lock: it reads the diary there, and is kept under the same key.',
    withinThen: 'Ask it for a chain or a dream',
    aboutDiary: 'All entries of your diary. A copy of their words will lie in the folder of the run, on this computer.',
    aboutSample: 'Two years in the diary of an invented librarian, which come with Mebuki. Good for a first try.',
    aboutCalculator: 'It learns to calculate and to show each step, from problems that it is given anew each time. No text is needed.',
    aboutAddition: 'Two networks, one that reads a question such as 57+5 and one that writes the answer. No text is needed.',
    size: 'How big',
    small: 'Small',
    medium: 'Medium',
    large: 'Large',
    smallIs: 'for a first look',
    mediumIs: 'for an evening',
    largeIs: 'for a night, or a GPU',
    takes: (time: string) => `about ${time} here`,
    reaches: (n: string, unit: string) => `about ${n} ${unit} to choose among`,
    measuring: 'measuring this machine …',
    start: 'Start growing',
    starting: 'It is being planted …',
    rest: 'Everything else',
    restIs: (model: string, n: number) => [model, n ? `${n} changed` : 'all as recommended'].filter(Boolean).join(', '),
    model: 'kind of model',
    back: 'As recommended',
    name: 'Its name',
    nameHere: 'taken from the text',
    before: 'What to expect',
    beforeText: (time: string, low: string, high: string) => `It will take about ${time} on this computer${low === high ? '' : ` (${low} to ${high})`}.`,
    beforeSize: (n: string) => `The model has ${n} numbers to learn.`,
    beforeReads: (n: string) => `It reads the text about ${n} times.`,
    beforeGood: (n: string, low: string, high: string, unit: string, blind: string) =>
      `Such models end up choosing among about ${n} ${unit} (${low} to ${high}); a blind guess faces ${blind}.`,
    beforeTask: 'How much of it is right you see while it learns.',
    byHeart: 'The text is short for so much reading: towards the end it begins to recite. The best state on the way is kept.',
    rough: 'reckoned, not measured: the pace of this machine is not known yet',
    noEstimate: 'As soon as there is a text, this place tells how long it takes and how good it gets.',
    runs: 'What has grown',
    none: 'Nothing has grown yet. What you start appears here, with its curve.',
    compare: 'Compare',
    compareThese: (n: number) => `Lay ${n} curves over each other`,
    tick: (name: string) => `Compare ${name}`,
    rename: 'Rename',
    renameIt: (name: string) => `Rename ${name}`,
    keepName: 'Keep this name',
    cancel: 'Cancel',
    remove: 'Throw away',
    removeIt: (name: string) => `Throw away ${name}`,
    removed: (name: string) => `“${name}” is in the trash.`,
    undo: 'Bring it back',
    broughtBack: (name: string) => `“${name}” is back.`,
    more: (n: number) => `Show ${n} more`,
    perplexity: (n: string, unit: string) => `hesitates among ${n} ${unit}`,
    exact: (share: string) => `${share} right`,
    notYet: 'not examined yet',
    spark: 'its loss so far',
  },
  ja: {
    title: '育てる',
    lede: '小さなモデルが、あなたの文章をくりかえし読みます。つぎの一文字を予想しては直され、やがてあなたのように書きはじめます。',
    from: '何から学ぶか',
    paste: '文章を貼る',
    files: 'ファイル',
    diary: 'わたしの日記',
    sample: '見本の日記',
    calculator: '途中式のある計算',
    addition: 'たし算',
    pasteHere: '文章を貼るか、ここに書いてください。一ページ以上あると学べます。長いほど上手になります。',
    pasteLabel: '学ばせる文章',
    letters: (n: number) => `${count(n)}文字`,
    drop: 'ここにファイルを置くか、選んでください。.txt、.md、.jsonl をいくつでも。',
    choose: 'ファイルを選ぶ',
    reading: '読んでいます …',
    takeAway: (name: string) => `${name} を外す`,
    within: '日記は暗号化されています。ふつうに育てると、ことばの写しが鍵のないまま置かれてしまうので、それはしません。かわりに、鍵のなかでモデルを育てられます。日記をそこで読み、できたモデルにも同じ鍵がかかります。',
    withinThen: 'ことばをたどり、夢をきいてみる',
    aboutDiary: '日記のすべてを読みます。ことばの写しが、この端末の学習フォルダーにも置かれます。',
    aboutSample: '芽吹きに付いてくる、架空の司書の二年ぶんの日記です。はじめての一回に。',
    aboutCalculator: '計算のしかたと途中式を学びます。問題は毎回あたらしく作られるので、文章は要りません。',
    aboutAddition: '57+5 のような問いを読む網と、答えを書く網のふたつです。文章は要りません。',
    size: '大きさ',
    small: '小さく',
    medium: 'ほどよく',
    large: '大きく',
    smallIs: 'まず見てみる',
    mediumIs: 'ひと晩のたのしみに',
    largeIs: '夜どおし、または GPU で',
    takes: (time: string) => `ここでは約${time}`,
    reaches: (n: string, unit: string) => `約${n}${unit}で迷うところまで`,
    measuring: 'この端末の速さを測っています …',
    start: '育てはじめる',
    starting: '種をまいています …',
    rest: 'そのほかの設定',
    restIs: (model: string, n: number) => [model, n ? `${n}か所を変更` : 'すべておすすめのまま'].filter(Boolean).join('、'),
    model: 'モデルの種類',
    back: 'おすすめにもどす',
    name: '名前',
    nameHere: '文章から付けます',
    before: '育てるまえに',
    beforeText: (time: string, low: string, high: string) => `この端末で約${time}かかります${low === high ? '' : `（${low}から${high}）`}。`,
    beforeSize: (n: string) => `モデルが覚える数は${n}個です。`,
    beforeReads: (n: string) => `文章を約${n}回読みます。`,
    beforeGood: (n: string, low: string, high: string, unit: string, blind: string) =>
      `このくらいのモデルは、約${n}${unit}（${low}から${high}）で迷うところまで育ちます。あてずっぽうなら${blind}${unit}です。`,
    beforeTask: 'どれだけ正しく解けるかは、育ちながら見えてきます。',
    byHeart: '文章が短いので、おわりのほうでは丸暗記をはじめます。途中でいちばん良かったところが残ります。',
    rough: 'この端末の速さをまだ測っていないので、計算による見積もりです',
    noEstimate: '文章が決まると、かかる時間とどこまで育つかをここに書きます。',
    runs: '育ったもの',
    none: 'まだ何も育っていません。はじめたものが、曲線といっしょにここにならびます。',
    compare: 'くらべる',
    compareThese: (n: number) => `${n}本の曲線をかさねる`,
    tick: (name: string) => `${name} をくらべる`,
    rename: '名前を変える',
    renameIt: (name: string) => `${name} の名前を変える`,
    keepName: 'この名前にする',
    cancel: 'やめる',
    remove: '捨てる',
    removeIt: (name: string) => `${name} を捨てる`,
    removed: (name: string) => `「${name}」をごみ箱に入れました。`,
    undo: 'もとにもどす',
    broughtBack: (name: string) => `「${name}」をもどしました。`,
    more: (n: number) => `あと${n}件を見る`,
    perplexity: (n: string, unit: string) => `約${n}${unit}で迷う`,
    exact: (share: string) => `${share}正解`,
    notYet: 'まだ試していません',
    spark: 'これまでの損失',
  },
});

/** Where a run stands, in a word or two. */
export function stateOf(run: { state: string }): string {
  const words: Record<string, [string, string]> = {
    preparing: ['getting ready', '準備中'],
    training: ['growing', '育っています'],
    pausing: ['is about to pause', '休むところです'],
    stopping: ['is about to stop', '終えるところです'],
    paused: ['resting', '休んでいます'],
    stopped: ['stopped and kept', '終えて残しました'],
    interrupted: ['interrupted', '途切れました'],
    done: ['grown', '育ちました'],
    failed: ['did not work', 'うまくいきませんでした'],
  };
  const found = words[run.state];
  return found ? found[locale.language === 'ja' ? 1 : 0] : run.state;
}

/** What a run is good for, as a sentence. */
export function howGood(run: Row): string {
  if (run.kind !== 'text') return run.exact == null ? t.notYet : t.exact(percent(run.exact, run.exact > 0.995 && run.exact < 1 ? 2 : 0));
  return run.perplexity == null ? t.notYet : t.perplexity(among(run.perplexity), unitOf(run.unit));
}

/** The name of a kind of model. */
export function modelOf(run: { kind: string; model: string | null; engine?: string | null }): string {
  const ja = locale.language === 'ja';
  if (run.kind === 'calculator') return ja ? '計算機' : 'calculator';
  if (run.kind === 'addition') return ja ? 'たし算（seq2seq）' : 'addition (seq2seq)';
  const names: Record<string, [string, string]> = {
    bigram: ['bigram', 'バイグラム'],
    rnn: ['RNN', 'RNN'],
    lstm: ['LSTM', 'LSTM'],
    gru: ['GRU', 'GRU'],
    transformer: ['Transformer', 'Transformer'],
  };
  const name = names[run.model ?? '']?.[ja ? 1 : 0] ?? run.model ?? '';
  return run.engine === 'scratch' ? (ja ? `${name}（NumPy で手書き）` : `${name}, by hand in NumPy`) : name;
}

export { duration, percent };
export type { Live };

say({
  run_missing: {
    en: { what: 'This run is not here any more.', then: 'It may have been moved or thrown away. What has grown is listed on the page Grow.' },
    ja: { what: 'この学習はもうここにありません。', then: '動かしたか、捨てたのかもしれません。「育てる」のページに一覧があります。' },
  },
  setting_unknown: {
    en: (d) => ({ what: `There is no setting ${d.name} for this kind of model.`, then: 'Choose “As recommended” under “Everything else”.' }),
    ja: (d) => ({ what: `この種類のモデルに ${d.name} という設定はありません。`, then: '「そのほかの設定」で「おすすめにもどす」を選んでください。' }),
  },
  text: {
    en: { what: 'This text cannot be learned from.', then: 'Your text is kept here. A longer one, or one saved as UTF-8, will do.' },
    ja: { what: 'この文章からは学べません。', then: '文章はここに残っています。もっと長いもの、または UTF-8 で保存したものを試してください。' },
  },
  text_none: {
    en: { what: 'There is no text to learn from yet.', then: 'Paste one, or choose a file; the sample diary works at once.' },
    ja: { what: 'まだ学ぶ文章がありません。', then: '文章を貼るか、ファイルを選んでください。見本の日記ならすぐにはじめられます。' },
  },
  text_empty: {
    en: (d) => ({ what: d.name ? `There is nothing in ${d.name}.` : 'The text is empty.', then: 'Choose another one.' }),
    ja: (d) => ({ what: d.name ? `${d.name} には何も書かれていません。` : '文章が空です。', then: 'ほかのものを選んでください。' }),
  },
  text_unreadable: {
    en: (d) => ({ what: `${d.name} cannot be read as a text.`, then: 'It may be a picture or a document of a word processor. Save it as plain text (UTF-8), and try again.' }),
    ja: (d) => ({ what: `${d.name} は文章として読めません。`, then: '画像やワープロの文書かもしれません。テキスト形式（UTF-8）で保存して、もういちど選んでください。' }),
  },
  text_short: {
    en: (d) => ({ what: `${count(d.letters)} letters are too few to learn from.`, then: `At least ${count(d.needed)} are needed; some thousands are better.` }),
    ja: (d) => ({ what: `${count(d.letters)}文字では、学ぶには短すぎます。`, then: `少なくとも${count(d.needed)}文字、できれば数千文字あるとよいです。` }),
  },
  text_missing: {
    en: { what: 'The text is not here any more.', then: 'Give it again.' },
    ja: { what: '文章がもうここにありません。', then: 'もういちど渡してください。' },
  },
  diary_empty: {
    en: { what: 'There is nothing in your diary yet.', then: 'Write a few days first, or bring a diary with you from another program on the page Write.' },
    ja: { what: '日記にまだ何もありません。', then: '何日か書くか、「書く」のページでほかの日記を取りこんでください。' },
  },
  diary_locked: {
    en: { what: 'Your diary is encrypted.', then: 'A run would lay a copy of its words in the clear, so none is begun. Its own model learns within the lock: on the page Write, under “Follow a word”.' },
    ja: { what: '日記には鍵がかかっています。', then: 'ここで育てると、ことばの写しが鍵のないまま置かれてしまうので、はじめません。「書く」のページの「たどる」でなら、鍵のなかで育てられます。' },
  },
});
