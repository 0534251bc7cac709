import { dictionary } from '../../lib/locale.svelte';
import type { Axis } from './types';

export const chartWords = dictionary({
  en: {
    loss: 'loss',
    same: (unit: string) => `the same, as ${unit} it hesitates between`,
    uniform: (n: string, narrow: boolean) => (narrow ? `a blind guess ${n}` : `a blind guess, ln V = ${n}`),
    unigram: (n: string, narrow: boolean) => (narrow ? `frequencies alone ${n}` : `frequencies alone (unigram) ${n}`),
    bigram: (n: string, narrow: boolean) => (narrow ? `one step of memory ${n}` : `one step of memory (bigram) ${n}`),
    training: 'training',
    validation: 'validation',
    unseen: 'unseen',
    spread: 'training, with its spread',
    coming: 'still to come',
    at: (axis: Axis, n: string) => ({ step: `step ${n}`, seconds: `${n} min`, tokens: `${n} tokens` })[axis],
    legend: 'A leaf marks where it passed what counting alone can do.',
    colon: ': ',
    told: (first: string, last: string, look: string, passed: string) =>
    `Loss while growing. Training loss went from ${first} to ${last}${look ? `, validation is at ${look}` : ''}.${passed ? ` Passed: ${passed}.` : ''}`,
    toldTask: (share: string, loss: string) => `Share of problems that are right while growing: ${share} at last. Training loss ${loss}.`,
    right: 'right, of all that it is asked',
  },
  ja: {
    loss: '損失',
    same: (unit: string) => `言いかえると、いくつの${unit}で迷うか`,
    uniform: (n: string, narrow: boolean) => (narrow ? `あてずっぽう ${n}` : `あてずっぽう ln V = ${n}`),
    unigram: (n: string, narrow: boolean) => (narrow ? `頻度だけ ${n}` : `頻度だけ（ユニグラム）${n}`),
    bigram: (n: string, narrow: boolean) => (narrow ? `直前だけ ${n}` : `直前のひとつだけ（バイグラム）${n}`),
    training: '訓練',
    validation: '検証',
    unseen: '未見',
    spread: '訓練（幅は散らばり）',
    coming: 'これから',
    at: (axis: Axis, n: string) => ({ step: `${n}ステップ`, seconds: `${n}分`, tokens: `${n}トークン` })[axis],
    legend: '葉は、数えるだけの予想を追いこしたところです。',
    colon: '：',
    told: (first: string, last: string, look: string, passed: string) =>
      `育つあいだの損失。訓練の損失は${first}から${last}へ${look ? `、検証の損失は${look}` : ''}。${passed ? `追いこしたもの：${passed}。` : ''}`,
    toldTask: (share: string, loss: string) => `育つあいだの正解率。いまは${share}。訓練の損失は${loss}。`,
    right: '出した問題のうち、正しかった割合',
  },
});
