import { describe, expect, it, vi } from 'vitest';
import { ACTIVATIONS, NAMES, still } from '../src/pages/lab/reckon/activations';
import { attend } from '../src/pages/lab/reckon/attention';
import { learned, lettered, fresh as freshLetters, step } from '../src/pages/lab/reckon/letters';
import { clipped, memory, unit } from '../src/pages/lab/reckon/memory';
import { normal } from '../src/pages/lab/reckon/random';
import { fresh, reach, read } from '../src/pages/lab/reckon/rnn';
import { gradient, naive, softmax, surprise } from '../src/pages/lab/reckon/softmax';
import pinned from './pinned.json';

vi.stubGlobal('location', { pathname: '/lab', search: '' });
vi.stubGlobal('addEventListener', () => {});
vi.stubGlobal('document', { documentElement: { lang: 'en' } });
const { flag, number, numbers, oneOf, reading, saying, whole } = await import('../src/lib/kept.svelte');

/** Equal but for the last digits. */
function close(found: unknown, wanted: unknown): void {
  if (Array.isArray(wanted)) {
    expect((found as unknown[]).length).toBe(wanted.length);
    wanted.forEach((one, i) => close((found as unknown[])[i], one));
  } else expect(found).toBeCloseTo(wanted as number, 9);
}

describe('activations', () => {
  const { x, scratch, shown } = pinned.activations;
  it.each(Object.keys(scratch) as (keyof typeof scratch)[])('%s is that of mebuki.scratch', (name) => {
    close(x.map(ACTIVATIONS[name].value), scratch[name].value);
    close(x.map(ACTIVATIONS[name].slope), scratch[name].slope);
  });
  it.each(NAMES)('the NumPy line of %s does what the page does, and the slope is its derivative', (name) => {
    const { value, slope } = ACTIVATIONS[name];
    close(x.map(value), shown[name]);
    for (const at of x) expect(slope(at)).toBeCloseTo((value(at + 1e-5) - value(at - 1e-5)) / 2e-5, 6);
  });
  it('knows where nothing is learned', () => {
    expect(still('tanh', -6, 6)).toHaveLength(2);
    expect(still('relu', -6, 6)[0]![1]).toBeCloseTo(0, 1);
    expect(still('leaky', -6, 6)).toEqual([]);
  });
});

describe('softmax and cross-entropy', () => {
  const { logits, targets, probabilities, loss, gradient: wanted, large } = pinned.softmax;
  it('are those of mebuki.scratch', () => {
    close(logits.map(softmax), probabilities);
    expect(logits.reduce((sum, row, i) => sum + surprise(row, targets[i]!), 0) / 3).toBeCloseTo(loss, 9);
    close(probabilities.map((y, i) => gradient(y, targets[i]!, 3)), wanted);
  });
  it('as it stands in the book overflows, less the largest it does not', () => {
    expect(naive(large.logits).slice(0, 2)).toEqual([NaN, NaN]);
    close(softmax(large.logits), large.probabilities);
    naive([88, 0]).forEach((p) => expect(p).not.toBeNaN());
    expect(naive([89, 0])[0]).toBeNaN();
  });
});

describe('a recurrent network', () => {
  const { weights, ids, states, last, reach: wanted } = pinned.rnn;
  it('reads and goes back as the cell by hand', () => {
    close(read(weights, ids), states);
    close(reach(weights, states, last), wanted);
  });
  it('stops at a cut', () => {
    const cut = reach(weights, states, last, 4);
    close(cut.slice(4), wanted.slice(4));
    expect(cut.slice(0, 4)).toEqual([0, 0, 0, 0]);
  });
  it('is the same for the same seed', () => {
    expect(fresh(3, 4, 1, 7)).toEqual(fresh(3, 4, 1, 7));
    expect(fresh(3, 4, 1, 7)).not.toEqual(fresh(3, 4, 1, 8));
    const next = normal(1), many = Array.from({ length: 4000 }, next);
    expect(Math.abs(many.reduce((a, b) => a + b) / 4000)).toBeLessThan(0.05);
    expect(many.reduce((a, b) => a + b * b, 0) / 4000).toBeCloseTo(1, 1);
  });
});

describe('one unit', () => {
  it('passes back what the cell by hand does', () => {
    const { w, T, left } = pinned.unit;
    const found = unit('tanh', w, T);
    close(found.left, left);
    expect((w * found.slope) ** (T - 1)).toBeCloseTo(left[0]!, 9);
  });
  it('keeps it in a memory, and cuts lengths, not directions', () => {
    expect(memory(0.5, 3)).toEqual([0.25, 0.5, 1]);
    close(clipped([3, 4], 1), [0.6, 0.8]);
    expect(clipped([0.3, 0.4], 1)).toEqual([0.3, 0.4]);
  });
});

describe('attention', () => {
  const { q, k, v, weights, mixed } = pinned.attention;
  it('is that of mebuki.scratch', () => {
    const head = attend(q, k, v);
    close(head.weights, weights);
    close(head.mixed, mixed);
  });
});

describe('a model of letters', () => {
  const { E, W, ids, targets, ...wanted } = pinned.letters;
  it('has the gradients that mebuki.scratch has', () => {
    const found = step({ E, W }, ids, targets);
    close(found.logits, wanted.logits);
    close(found.dlogits, wanted.dlogits);
    close(found.dE, wanted.dE);
    close(found.dW, wanted.dW);
    expect(found.loss).toBeCloseTo(wanted.loss, 9);
  });
  it('learns', () => {
    const { letters, ids: text } = lettered('しとしと しとしと');
    let model = freshLetters(letters.length, 4, 1);
    const before = step(model, text.slice(0, -1), text.slice(1)).loss;
    for (let i = 0; i < 30; i++) model = learned(model, step(model, text.slice(0, -1), text.slice(1)), 1);
    expect(step(model, text.slice(0, -1), text.slice(1)).loss).toBeLessThan(before / 2);
  });
});

describe('state in the address', () => {
  const kinds = { w: number(0.8, 0, 2), T: whole(12, 2, 24), bend: oneOf('tanh', ['tanh', 'relu'] as const), on: flag(false), x: numbers([1, 2], -5, 5) };
  it('is read, and what does not fit is as at first', () => {
    expect(reading(kinds, '?w=1.5&T=3&bend=relu&on=1&x=0~-2.5')).toEqual({ w: 1.5, T: 3, bend: 'relu', on: true, x: [0, -2.5] });
    expect(reading(kinds, '?w=3&T=3.5&bend=no&on=yes&x=1')).toEqual({ w: 0.8, T: 12, bend: 'tanh', on: false, x: [1, 2] });
  });
  it('says only what differs', () => {
    const state = { w: 1, T: 12, bend: 'tanh' as 'tanh' | 'relu', on: true, x: [1, 3] };
    expect(saying(kinds, state)).toEqual({ w: '1', T: '', bend: '', on: '1', x: '1~3' });
  });
});
