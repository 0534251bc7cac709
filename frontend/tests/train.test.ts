import { describe, expect, it, vi } from 'vitest';
import type { Curve } from '../src/pages/train/types';

vi.stubGlobal('document', { documentElement: { lang: 'en' } });
const { append, apart, bounds, byLayer, learning, passed, tooLong } = await import('../src/pages/train/chart');
const { idsOf, listed, pack, unpack } = await import('../src/pages/train/chosen');
const { titleOf } = await import('../src/pages/train/title');

const curve = (means: number[], looks: number[] = [], axis: Curve['axis'] = 'step'): Curve => ({
  axis,
  axes: ['step', 'seconds', 'tokens'],
  train: { x: means.map((_, i) => 10 * (i + 1)), min: means, mean: means, max: means, count: means.map(() => 1) },
  evaluations: looks.map((loss, i) => ({ x: 20 * (i + 1), step: 20 * (i + 1), event: 'evaluation', loss, exact: null })),
  baselines: { uniform: 4, unigram: 3, bigram: 2 },
  step: 10 * means.length,
  rows: means.length,
  offset: 0,
});

describe('labels', () => {
  it('stand apart, in their order, and within bounds', () => {
    expect(apart([10, 12, 14], 15, 0, 100)).toEqual([10, 25, 40]);
    expect(apart([95, 96, 97], 15, 0, 100)).toEqual([70, 85, 100]);
    expect(apart([10, 60], 15, 0, 100)).toEqual([10, 60]);
  });
});

describe('baselines', () => {
  it('are passed where training passed, once unseen text confirms it', () => {
    expect(passed(curve([5, 3.5, 2.5, 1.9], [2.8, 2.1]), 3)).toBe(20);
    expect(passed(curve([5, 3.5, 2.5, 1.9], [2.8, 2.1]), 2)).toBeUndefined();
    expect(passed(curve([5, 3.5], []), 4)).toBeUndefined();
  });
  it('set the top: a first step far above a blind guess is cut off', () => {
    expect(bounds([curve([1e6, 2])])[1]).toBeLessThan(6);
    expect(bounds([curve([])])).toEqual([0, 4.24]);
  });
});

describe('what was written since', () => {
  it('is appended once, whatever comes twice', () => {
    const one = curve([3]);
    const rows = [
      { event: 'train', step: 20, loss: 2, seconds: 1 },
      { event: 'evaluation', step: 20, loss: 2.2, seconds: 1 },
    ];
    append(one, rows);
    append(one, rows);
    expect(one.train.x).toEqual([10, 20]);
    expect(one.evaluations.map((look) => look.loss)).toEqual([2.2]);
    expect(one.step).toBe(20);
  });
  it('of an evaluation, which counts no tokens, stands at the last place', () => {
    const one = curve([3], [], 'tokens');
    append(one, [{ event: 'train', step: 11, loss: 2, tokens: 500 }, { event: 'evaluation', step: 11, loss: 2.5 }]);
    expect(one.evaluations[0]!.x).toBe(500);
  });
  it('makes the curve too long only after many points', () => {
    expect(tooLong(curve([1, 2, 3]), 600)).toBe(false);
    expect(tooLong(curve(Array.from({ length: 1000 }, () => 1)), 600)).toBe(true);
  });
});

describe('learning or reciting', () => {
  it('tells them apart', () => {
    expect(learning(curve([3, 2.5, 2.2], [2.6, 2.3])).what).toBe('learning');
    expect(learning(curve([1.5, 1.4, 1.3], [2.1, 2.0])).what).toBe('closer');
    const recites = learning(curve([1, 0.8, 0.5], [2, 2.3, 2.6]));
    expect(recites.what).toBe('reciting');
    expect(recites.best).toMatchObject({ step: 20, loss: 2 });
    expect(learning(curve([3])).what).toBe('unknown');
  });
});

describe('gradients', () => {
  it('of the parameters of a layer lie together', () => {
    expect(byLayer({ 'blocks.0.a': 3, 'blocks.0.b': 4, 'head.weight': 1 })).toEqual([
      { name: 'blocks.0', norm: 5 },
      { name: 'head', norm: 1 },
    ]);
  });
});

describe('settings in the address', () => {
  const ways = [
    { name: 'steps', usual: 2000, kind: 'whole' as const },
    { name: 'sample_prompt', usual: '', kind: 'text' as const },
    { name: 'tied', usual: true, kind: 'switch' as const },
    { name: 'minutes', usual: 5, kind: 'number' as const },
  ];
  it('come back as they were, without those as recommended', () => {
    const chosen = { steps: 500, sample_prompt: '今日は, 12:00', tied: false, minutes: null };
    expect(unpack(pack(chosen, ways))).toEqual(chosen);
    expect(pack({ steps: 2000 }, ways)).toBe('');
    expect(unpack(pack({ sample_prompt: '42' }, ways))).toEqual({ sample_prompt: '42' });
  });
});

describe('ids in the address', () => {
  it('may hold anything; broken ones do no harm', () => {
    const ids = ['a,b', '日記/春', '50%'];
    expect(idsOf(listed(ids))).toEqual(ids);
    expect(idsOf('%E9%,x')).toEqual(['%E9%', 'x']);
  });
});

describe('the title of a text', () => {
  it('is its first line, if that is short', () => expect(titleOf('\n\n# 雨の日\n\n朝から雨が降っていた。')).toBe('雨の日'));
  it('is the first sentence of it', () => {
    expect(titleOf('吾輩は猫である。名前はまだ無い。')).toBe('吾輩は猫である');
    expect(titleOf('Call me Ishmael. Some years ago, never mind how long')).toBe('Call me Ishmael');
  });
  it('ends at a clause, or a word, never within one', () => {
    expect(titleOf('国境の長いトンネルを抜けると、雪国であったというところまではだれでも知っている')).toBe('国境の長いトンネルを抜けると…');
    expect(titleOf('It was the best of times it was the worst of times')).toBe('It was the best of times it was…');
    expect(titleOf('山路を登りながらこう考えた智に働けば角が立つ情に棹させば流される')).toMatch(/^山路を登りながらこう考えた.*…$/u);
  });
  it('is never longer than a line of a list, nor breaks a letter', () => {
    for (const text of ['👩‍👩‍👧'.repeat(60), 'あ'.repeat(80), 'x'.repeat(200), '「'.repeat(50) + '雨', 'か\u3099'.repeat(60)]) {
      const title = titleOf(text);
      expect([...title].filter((one) => one.charCodeAt(0) > 0x2e80).length).toBeLessThanOrEqual(90);
      expect([...new Intl.Segmenter().segment(title)].length).toBeLessThanOrEqual(36);
      expect(text).toContain(title.replace(/…$/u, ''));
    }
  });
  it('is nothing for nothing', () => expect(titleOf(' \n --- \n')).toBe(''));
});
