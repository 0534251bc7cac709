/** A small recurrent network over a text, forward and back through time, as `mebuki.scratch.RNNCell`. */
import { back, norm, plus, times, zeros, type Matrix, type Vector } from './matrix';
import { normal } from './random';

export interface RNN {
  Wx: Matrix; // [H, D]
  Wh: Matrix; // [H, H]
  b: Vector; // [H]
}

/** Fresh weights: variance 1/D from the letters, scale²/H from the state. */
export function fresh(D: number, H: number, scale: number, seed: number): RNN {
  const next = normal(seed);
  const draw = (n: number, m: number, std: number) => Array.from({ length: n }, () => Array.from({ length: m }, () => std * next()));
  return { Wx: draw(H, D, 1), Wh: draw(H, H, scale / Math.sqrt(H)), b: zeros(H) };
}

/** h_t = tanh(W_x x_t + W_h h_{t-1} + b) for letters as ids (x_t one-hot); the states after each. */
export function read({ Wx, Wh, b }: RNN, ids: number[]): Matrix {
  let h = zeros(b.length);
  return ids.map((id) => (h = plus(plus(Wx.map((row) => row[id]!), b), times(Wh, h)).map(Math.tanh)));
}

/**
 * |∂L/∂h_t| for each t, when ∂L/∂h_T is `last`: dh_{t-1} = W_hᵀ (dh_t (1 - h_t²)).
 *
 * With a window of `window` steps, nothing goes back over a cut: cuts stand before steps window, 2 window …
 */
export function reach({ Wh }: RNN, states: Matrix, last: Vector, window = Infinity): number[] {
  let dh = last;
  const lengths = Array<number>(states.length).fill(0);
  for (let t = states.length - 1; t >= 0; t--) {
    lengths[t] = norm(dh);
    if (t % window === 0) break;
    dh = back(Wh, dh.map((d, i) => d * (1 - states[t]![i]! ** 2)));
  }
  return lengths;
}
