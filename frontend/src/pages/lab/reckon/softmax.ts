/** Softmax and cross-entropy, as in `mebuki.scratch`; and the way that overflows. */

/** e^x / Σ e^x as it stands in the book, in float32, where e^89 is infinite: NaN for large scores. */
export function naive(x: number[]): number[] {
  const powers = x.map((one) => Math.fround(Math.exp(Math.fround(one))));
  const sum = powers.reduce((a, b) => Math.fround(a + b), 0);
  return powers.map((one) => Math.fround(one / sum));
}

/** The same after the largest score is taken from all. */
export function softmax(x: number[]): number[] {
  const highest = Math.max(...x), powers = x.map((one) => Math.exp(one - highest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((one) => one / sum);
}

/** -ln of the probability of `target`: max + ln Σ e^(x - max) - x_k. */
export function surprise(x: number[], target: number): number {
  const highest = Math.max(...x);
  return highest + Math.log(x.reduce((sum, one) => sum + Math.exp(one - highest), 0)) - x[target]!;
}

/** (y - t) / N, the gradient of the mean surprise of N places by the scores of one. */
export const gradient = (y: number[], target: number, N = 1): number[] => y.map((p, i) => (p - (i === target ? 1 : 0)) / N);
