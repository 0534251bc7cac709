/** What the page of attention keeps in its address, and the small example by hand. */
export interface AttentionState {
  q: number[];
  at: number;
  causal: boolean;
  scaled: boolean;
  run: string;
  text: string;
  layer: number;
  head: number;
  from: number;
}

/** Five words: queries (x and y in turn), keys and values. The verb asks for who did it, the owner for whose it is. */
export const QUERIES = [0.5, 0.2, 0.4, 1, 2, 0.8, 0.6, 1.8, 1.4, 1.9];
export const KEYS = [[-1.2, 0.3], [1.9, 0.9], [-0.4, -1.3], [0.3, 1.2], [0.6, 2]];
export const VALUES = [[0.1, 0], [1, 0.2], [-0.3, 0.5], [0.2, -0.8], [0.4, 1]];
