/** What the page of the recurrent network keeps in its address. */
export const PARTS = ['hidden', 'cell', 'input', 'forget', 'output', 'candidate', 'reset', 'update'] as const;

export interface RecurrentState {
  text: string;
  at: number;
  g: number;
  H: number;
  seed: number;
  cut: number;
  run: string;
  layer: number;
  part: (typeof PARTS)[number];
  unit: number;
}
