/** One head of attention by hand, every number of it, as `mebuki.scratch.attention`. */
import { dot, type Matrix } from './matrix';
import { softmax } from './softmax';

export interface Head {
  products: Matrix; // q·k [T, T]
  scores: Matrix; // over √E; -∞ where nobody may look
  weights: Matrix; // rows sum to 1
  mixed: Matrix; // [T, F]
}

/** @param causal whether a place sees only itself and those before it. */
export function attend(q: Matrix, k: Matrix, v: Matrix, { causal = true, scaled = true } = {}): Head {
  const root = scaled ? Math.sqrt(q[0]!.length) : 1;
  const products = q.map((one) => k.map((other) => dot(one, other)));
  const scores = products.map((row, t) => row.map((x, s) => (causal && s > t ? -Infinity : x / root)));
  const weights = scores.map(softmax);
  const mixed = weights.map((row) => v[0]!.map((_, f) => row.reduce((sum, w, s) => sum + w * v[s]![f]!, 0)));
  return { products, scores, weights, mixed };
}
