/** A first language model over one's own text: a letter becomes a vector, the vector scores, the scores a guess. */
import { addOuter, back, times, zeros, type Matrix, type Vector } from './matrix';
import { normal } from './random';
import { gradient, softmax, surprise } from './softmax';

export interface Model {
  E: Matrix; // [V, D], a row for each letter
  W: Matrix; // [V, D], scores = W e
}

export interface Step {
  logits: Matrix; // [N, V]
  y: Matrix; // [N, V]
  dlogits: Matrix; // [N, V], (y - t) / N
  dE: Matrix;
  dW: Matrix;
  loss: number;
}

export function fresh(V: number, D: number, seed: number): Model {
  const next = normal(seed);
  const draw = (std: number) => Array.from({ length: V }, () => Array.from({ length: D }, () => std * next()));
  return { E: draw(1), W: draw(1 / Math.sqrt(D)) };
}

/** Forward and backward over pairs of a letter and the one that followed. */
export function step({ E, W }: Model, ids: number[], targets: number[]): Step {
  const N = ids.length, D = E[0]!.length;
  const logits = ids.map((id) => times(W, E[id]!));
  const y = logits.map(softmax);
  const dlogits = y.map((row, i) => gradient(row, targets[i]!, N));
  const dE = E.map(() => zeros(D)), dW = W.map(() => zeros(D));
  ids.forEach((id, i) => {
    addOuter(dW, dlogits[i]!, E[id]!);
    back(W, dlogits[i]!).forEach((d, j) => (dE[id]![j]! += d));
  });
  const loss = logits.reduce((sum, row, i) => sum + surprise(row, targets[i]!), 0) / N;
  return { logits, y, dlogits, dE, dW, loss };
}

/** Against the gradient: θ ← θ - η dθ. */
export function learned({ E, W }: Model, { dE, dW }: Step, rate: number): Model {
  const less = (M: Matrix, G: Matrix) => M.map((row, i) => row.map((x, j) => x - rate * G[i]![j]!) as Vector);
  return { E: less(E, dE), W: less(W, dW) };
}

/** A text as ids of its own letters: those in the order of their code points. */
export function lettered(text: string): { letters: string[]; ids: number[] } {
  const all = [...text], letters = [...new Set(all)].sort();
  return { letters, ids: all.map((letter) => letters.indexOf(letter)) };
}
