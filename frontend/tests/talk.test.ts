import { describe, expect, it } from 'vitest';
import { lookedAt, rowOf } from '../src/pages/talk/looking';
import { drawn } from '../src/pages/talk/sampling';

const plain = { temperature: 1, topK: 0, topP: 1 };
const near = (found: number[], wanted: number[]) => found.forEach((one, i) => expect(one).toBeCloseTo(wanted[i]!, 6));

describe('what is drawn, as generation/sampler.py has it', () => {
  it('leaves what is drawn at temperature 1', () => near(drawn([0.5, 0.3, 0.2], 0, plain), [0.5, 0.3, 0.2]));
  it('takes only as many as make up top-p', () => near(drawn([0.5, 0.3, 0.2], 0, { ...plain, topP: 0.7 }), [0.625, 0.375, 0]));
  it('takes only the likeliest k', () => near(drawn([0.5, 0.3, 0.2], 0, { ...plain, topK: 1 }), [1, 0, 0]));
  it('is greedy at temperature 0', () => near(drawn([0.4, 0.3], 5, { ...plain, temperature: 0 }), [1, 0, 0]));
  it('sharpens below 1: powers of 1/T', () => near(drawn([0.6, 0.4], 0, { ...plain, temperature: 0.5 }), [0.36 / 0.52, 0.16 / 0.52]));
  it('spreads what is not told evenly', () => near(drawn([0.5], 5, { ...plain, temperature: 2 }), (() => {
    const [one, other] = [Math.sqrt(0.5), 5 * Math.sqrt(0.1)];
    return [one / (one + other), other / (one + other)];
  })()));
  it('always sums to 1', () => {
    for (const temperature of [0, 0.1, 0.7, 2])
      for (const topK of [0, 2])
        for (const topP of [0.3, 0.9, 1]) {
          const sum = drawn([0.4, 0.3, 0.1], 7, { temperature, topK, topP }).reduce((a, b) => a + b, 0);
          expect(sum).toBeCloseTo(1, 9);
        }
  });
});

describe('what a head looks at', () => {
  it('names what it looks at most, in the order of the text', () => expect(lookedAt([0, 120, 5, 100, 10, 2])).toEqual([1, 3]));
  it('names nothing if it looks everywhere', () => expect(lookedAt([40, 42, 41, 43, 44, 40])).toEqual([]));
  it('finds the row in which a token was written', () => expect(rowOf([9, 9, 1, 2, 3], [1, 2, 3], 1)).toBe(2));
  it('also where only the end of a text was in sight', () => expect(rowOf([2, 3], [1, 2, 3], 2)).toBe(0));
  it('and does not guess', () => expect(rowOf([9, 1, 7, 3], [1, 2, 3], 1)).toBe(-1));
});
