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

interface Example {
  q: number[];
  k: number[][];
  v: number[][];
  /** Who asks at first. */
  at: number;
}

/** Five words: queries (x and y in turn), keys and values. “its” asks whose; 飲んだ asks who drank, and what. */
export const EXAMPLES: Record<'en' | 'ja', Example> = {
  en: {
    q: [0.5, 0.2, 0.4, 1, 2, 0.8, 1.9, 0.4, -0.5, -1.8],
    k: [[-1.2, 0.3], [1.9, 0.9], [-0.4, -1.3], [0.3, 1.2], [0.6, 2]],
    v: [[0.1, 0], [1, 0.2], [-0.3, 0.5], [0.2, -0.8], [0.4, 1]],
    at: 3,
  },
  ja: {
    q: [0.4, 0.5, 1.8, 0.2, 0.6, 0.4, 0.2, 1.9, 1.5, 1.6],
    k: [[1.9, 0.9], [-1.2, 0.3], [0.8, 2], [-0.6, -1.2], [-1.5, 1.4]],
    v: [[1, 0.2], [0.1, 0], [0.2, 1], [0, 0.1], [-0.6, -0.4]],
    at: 4,
  },
};
