/** The little linear algebra that the pages need. Matrices are rows. */
export type Vector = number[];
export type Matrix = number[][];

export const dot = (a: Vector, b: Vector) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
export const times = (M: Matrix, v: Vector): Vector => M.map((row) => dot(row, v));
export const norm = (v: Vector) => Math.sqrt(dot(v, v));
export const plus = (a: Vector, b: Vector): Vector => a.map((x, i) => x + b[i]!);
export const zeros = (n: number): Vector => Array<number>(n).fill(0);

/** Mᵀ v. */
export function back(M: Matrix, v: Vector): Vector {
  const out = zeros(M[0]!.length);
  M.forEach((row, i) => row.forEach((x, j) => (out[j]! += x * v[i]!)));
  return out;
}

/** G += v wᵀ: gradients are added, never assigned. */
export function addOuter(G: Matrix, v: Vector, w: Vector): void {
  v.forEach((x, i) => w.forEach((y, j) => (G[i]![j]! += x * y)));
}
