/** What the page of one step keeps in its address. */
export interface StepState {
  text: string;
  eta: number;
  n: number;
  at: number;
  run: string;
  fresh: boolean;
  start: number;
  share: number;
}
