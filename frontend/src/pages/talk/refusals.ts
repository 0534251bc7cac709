import { say } from '../../lib/sentences';
import { locale } from '../../lib/locale.svelte';

type Parts = Record<string, string>;

/** Why a calculator cannot take a question, by its code; a and b are parts of it. */
const words = {
  en: {
    zero: () => 'Nothing can be divided by zero, so there is no answer.',
    empty: () => 'There is nothing to work out in it. Try 3×(4+5)−6÷2.',
    long: ({ a }: Parts) => `It is ${a ?? 'too many'} letters long. At most 1,000 can be read.`,
    letters: ({ a }: Parts) => `It has ${a ?? 'too many'} different letters. At most five can be told apart.`,
    ends: ({ a }: Parts) => (a ? `It breaks off after “${a}”. What should follow there?` : 'It breaks off too early. Is a bracket open, or a number missing?'),
    equation: ({ a }: Parts) => `“${a}” is an equation. Those are not solved here; values such as x=1 may be given.`,
    two: ({ a }: Parts) => `“${a}” is one sum too many. One at a time, please.`,
    values: ({ a }: Parts) => `${a} has two values. Which one is meant?`,
    value: ({ a }: Parts) => `${a} has no value. Give one as in “x+1, x=2”.`,
    cases: ({ a, b }: Parts) => `Both ${a} and ${b} are there. Please write letters in one case.`,
    times_or_x: () => 'Here x may be a letter or a times sign. Please write * for times.',
    division: () => 'This could mean two things, as 1/2x does. Please set brackets: (1/2)x or 1/(2x).',
    power: () => 'The power of a negative number could mean two things. Please set brackets: (-3)^2 or -(3^2).',
    word: ({ a }: Parts) => `It does not know the word “${a}”. It only calculates.`,
    sign: ({ a }: Parts) => `It does not know the sign “${a}”. It only calculates.`,
    command: ({ a }: Parts) => `It does not know the command “${a}”. Of LaTeX it reads \\frac, \\times, \\cdot, \\div and brackets.`,
    fraction: () => 'A fraction lacks what stands above or below its line, as in \\frac{3}{4}.',
    missing: ({ a }: Parts) => `A sign is missing before ${a}. Should it be + − × or ÷?`,
    follows: ({ a, b }: Parts) => `“${a}” cannot follow “${b}”.`,
    place: ({ a, b }: Parts) => `“${a}” does not fit at place ${b}.`,
    remainder: () => 'Only whole numbers leave a remainder, as in 96 mod 41.',
    below: () => 'Letters cannot stay below the line. Divide by a number, or by something that comes out.',
    exponent: ({ a }: Parts) => `The power ${a} is too high. Up to 12 can be worked out.`,
    towers: () => 'A power of a power could mean two things. Please set brackets.',
    digits: ({ b }: Parts) => `A number with ${b} digits is too long here.`,
    unreadable: () => 'That cannot be read as a sum. Try 3×(4+5)−6÷2, or 96 mod 41.',
  },
  ja: {
    zero: () => '0 で割ることはできません。だから、答えがありません。',
    empty: () => '計算するものが見あたりません。たとえば 3×(4+5)−6÷2 と書いてみてください。',
    long: ({ a }: Parts) => `${a ?? ''}字あります。読めるのは1,000字までです。`,
    letters: ({ a }: Parts) => `文字が${a ?? ''}種類あります。見分けられるのは5種類までです。`,
    ends: ({ a }: Parts) => (a ? `「${a}」で終わっています。そのあとに何が来るのでしょう。` : 'とちゅうで終わっています。括弧や数が足りないのかもしれません。'),
    equation: ({ a }: Parts) => `「${a}」は方程式です。ここでは解けません。x=1 のような値なら付けられます。`,
    two: ({ a }: Parts) => `式がふたつあります（「${a}」）。ひとつずつお願いします。`,
    values: ({ a }: Parts) => `${a} の値がふたつあります。どちらでしょう。`,
    value: ({ a }: Parts) => `${a} の値がありません。「x=2 のとき x+1」のように書いてください。`,
    cases: ({ a, b }: Parts) => `${a} と ${b} があります。大文字か小文字にそろえてください。`,
    times_or_x: () => 'x が文字なのか掛け算なのか、わかりません。掛け算は * か × で書いてください。',
    division: () => '1/2x のように、ふたとおりに読めます。(1/2)x か 1/(2x) のように括弧を付けてください。',
    power: () => '負の数の累乗は、ふたとおりに読めます。(-3)^2 か -(3^2) のように括弧を付けてください。',
    word: ({ a }: Parts) => `「${a}」ということばは知りません。できるのは計算だけです。`,
    sign: ({ a }: Parts) => `「${a}」という字は知りません。できるのは計算だけです。`,
    command: ({ a }: Parts) => `「${a}」という命令は知りません。読める LaTeX は \\frac、\\times、\\cdot、\\div と括弧です。`,
    fraction: () => '分数の上か下がありません。\\frac{3}{4} のように書いてください。',
    missing: ({ a }: Parts) => `${a} の前に記号がありません。＋−×÷ のどれでしょう。`,
    follows: ({ a, b }: Parts) => `「${b}」のあとに「${a}」は来られません。`,
    place: ({ a, b }: Parts) => `${b}字めの「${a}」が読めません。`,
    remainder: () => 'あまりが出るのは、整数どうしの割り算だけです。',
    below: () => '文字が分母に残る割り算は、まだできません。数で割るか、割りきれる式にしてください。',
    exponent: ({ a }: Parts) => `${a} 乗は大きすぎます。12 乗までできます。`,
    towers: () => '累乗の累乗は、ふたとおりに読めます。括弧を付けてください。',
    digits: ({ b }: Parts) => `${b}桁の数は、ここでは長すぎます。`,
    unreadable: () => '式として読めません。3×(4+5)−6÷2 や 96÷41 のあまり、のように書いてみてください。',
  },
};

const known = words.ja as Record<string, (parts: Parts) => string>;

export function refusal(code: string, parts: Parts): string {
  const sentences = words[locale.language] as typeof known;
  return (sentences[code] ?? sentences.unreadable!)(parts);
}

say(Object.fromEntries(Object.keys(known).map((code) => {
  const told = (parts: Parts) => ({ what: refusal(code, parts) });
  return [`refused_${code}`, { en: told, ja: told }];
})));
say({
  model_missing: {
    en: { what: 'This model is not here.', then: 'It may have been moved or thrown away. Choose another one above.' },
    ja: { what: 'このモデルは、ここにありません。', then: '動かしたか、捨てたのかもしれません。上で、べつのモデルをえらんでください。' },
  },
  model_locked: {
    en: { what: 'This model sleeps in your encrypted diary.', then: 'Wake it with the passphrase.' },
    ja: { what: 'このモデルは、暗号にした日記のなかで眠っています。', then: '合いことばで起こしてください。' },
  },
  model_broke: {
    en: { what: 'The model stumbled while it was writing.', then: 'What it wrote so far is kept. Ask again, or choose another checkpoint.' },
    ja: { what: '書いているとちゅうで、モデルがつまずきました。', then: 'そこまでのものは残っています。もういちどきくか、べつの歩数をえらんでください。' },
  },
  busy: {
    en: (d) => ({ what: 'Too many answers are being waited for.', then: `At most ${d.waiting} can wait. Ask again when one is done.` }),
    ja: (d) => ({ what: '返事を待つ列がいっぱいです。', then: `待てるのは${d.waiting}つまでです。ひとつ終わったら、またきいてください。` }),
  },
  question_long: {
    en: (d) => ({ what: `That is ${d.given} letters; at most ${d.limit} can be read at once.`, then: 'It is still in the field below. Try a shorter beginning.' }),
    ja: (d) => ({ what: `${d.given}字あります。一度に読めるのは${d.limit}字までです。`, then: '下の欄に残っています。短くしてみてください。' }),
  },
  talk_missing: {
    en: { what: 'This talk is not here any more.', then: 'It may have been thrown away. Begin a new one.' },
    ja: { what: 'この話は、もうここにありません。', then: '捨てたのかもしれません。新しく話しはじめてください。' },
  },
});
