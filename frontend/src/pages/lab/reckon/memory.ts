/** One recurrent unit: what of a gradient is left, step by step back. */
import { ACTIVATIONS } from './activations';

export type Bend = 'sigmoid' | 'tanh' | 'relu';

/** What comes in at step t: between 0.05 and 0.35, so that a ReLU stays open while w is not negative. */
export const input = (t: number) => 0.2 + 0.15 * Math.sin(1.7 * t);

/**
 * h_t = φ(w h_{t-1} + x_t) over T steps, and ∂h_T/∂h_t for each.
 *
 * left[t - 1] is the product of w φ'(a_s) over the steps s = t + 1 … T; slope the geometric mean of φ'(a_s), so that
 * (w · slope)^(T - 1) is left[0].
 */
export function unit(bend: Bend, w: number, T: number): { left: number[]; slopes: number[]; slope: number } {
  const { value, slope } = ACTIVATIONS[bend];
  let h = 0;
  const slopes: number[] = [];
  for (let t = 1; t <= T; t++) {
    const a = w * h + input(t);
    slopes.push(slope(a));
    h = value(a);
  }
  const left = Array<number>(T).fill(1);
  for (let t = T - 2; t >= 0; t--) left[t] = left[t + 1]! * w * slopes[t + 1]!;
  const logs = slopes.slice(1).reduce((sum, s) => sum + Math.log(s), 0);
  return { left, slopes, slope: T > 1 ? Math.exp(logs / (T - 1)) : 1 };
}

/** ∂c_T/∂c_t of an LSTM's memory whose forget gate stands at f: f^(T - t). */
export const memory = (f: number, T: number): number[] => Array.from({ length: T }, (_, t) => f ** (T - 1 - t));

/** A gradient no longer than `most`: its direction stays. */
export function clipped(gradient: number[], most: number): number[] {
  const length = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0));
  return length > most ? gradient.map((g) => (g * most) / length) : gradient;
}
