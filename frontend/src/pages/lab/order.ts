/** The pages of the lab in the order in which they are best walked, each with the notebook of the same matter. */
export const ORDER = ['activations', 'gradients', 'softmax', 'step', 'tokens', 'embedding', 'rnn', 'attention', 'carry'] as const;
export type Lab = (typeof ORDER)[number];

export const LESSON: Record<Lab, string> = {
  activations: '02_activations',
  gradients: '02_activations',
  softmax: '03_letters',
  step: '03_letters',
  tokens: '03_letters',
  embedding: '07_words',
  rnn: '04_rnn',
  attention: '08_transformer',
  carry: '06_seq2seq',
};

/** The page after this one; nothing after the last. */
export const following = (page: Lab): Lab | undefined => ORDER[ORDER.indexOf(page) + 1];
