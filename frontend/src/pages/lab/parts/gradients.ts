/** What the page of gradients keeps in its address. */
export interface GradientState {
  way: 'time' | 'layers';
  f: 'sigmoid' | 'tanh' | 'relu' | 'lstm';
  w: number;
  gate: number;
  T: number;
  clip: boolean;
  bend: 'sigmoid' | 'tanh' | 'relu' | 'silu' | 'gelu';
  depth: number;
  gain: number;
  run: string;
  text: string;
}
