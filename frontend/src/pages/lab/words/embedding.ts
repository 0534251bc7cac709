import { dictionary } from '../../../lib/locale.svelte';

export const t = dictionary({
  en: {
    lede: 'To a model a letter is a row of numbers, and nothing else. At first the rows are drawn by chance; learning moves those closer that are used alike. Nobody told it which letters are vowels, or digits.',
    calculator: 'the calculator',
    map: 'The map', hint: 'Arrow keys go from letter to letter.',
    letter: 'Letter', find: 'Find a letter',
    says: (letter: string) => `The nearest to “${letter}” is `, saysAnd: (cosine: string) => `: their directions agree by ${cosine} (1 is the same, 0 is a right angle).`,
    count: (n: string) => `It stands ${n} times in the text.`,
    near: 'Its neighbours', nearWhy: 'By the angle between the rows in all their dimensions, not by the distance on this paper. Press one to go there.',
    explained: (x: string, y: string) => `The paper holds two directions, the two in which the rows differ most: ${x} and ${y} of all difference. The rest is not seen.`,
    formula: 'How it is drawn',
    cosine: 'neighbours: the angle', pca: 'paper: the two longest axes',
    shapes: (n: number) => `E [${n}, D] − mean → [${n}, D] · axes [D, 2] → [${n}, 2]`,
    apart: 'Where letters would cover each other, they are moved apart a little.',
    size: 'The larger a letter, the more often it stands in the text.',
  },
  ja: {
    lede: 'モデルにとって、文字とは数のならびのことです。はじめは偶然に決まった数ですが、学ぶうちに、使われかたの似た文字どうしが近づいていきます。どれが母音で、どれが数字か、だれも教えていません。',
    calculator: '計算機',
    map: '地図', hint: '矢印キーで、文字から文字へ動けます。',
    letter: '文字', find: '文字をさがす',
    says: (letter: string) => `「${letter}」にいちばん近いのは `, saysAnd: (cosine: string) => `。向きの近さは ${cosine} です（1 なら同じ向き、0 なら直角）。`,
    count: (n: string) => `学んだ文に ${n} 回出てきます。`,
    near: 'となりの文字', nearWhy: 'この紙の上の距離ではなく、すべての次元での角度で決めています。押すと、そこへ移ります。',
    explained: (x: string, y: string) => `紙にあるのは、ちがいがもっとも大きい二つの向きだけです。全体のちがいの ${x} と ${y} にあたり、のこりは見えていません。`,
    formula: 'どう描いたか',
    cosine: 'となり：角度', pca: '紙：いちばん長い二つの軸',
    shapes: (n: number) => `E [${n}, D] − 平均 → [${n}, D] · 軸 [D, 2] → [${n}, 2]`,
    apart: '重なる文字は、読めるようにすこし離してあります。',
    size: '大きい文字ほど、学んだ文によく出てきます。',
  },
});
