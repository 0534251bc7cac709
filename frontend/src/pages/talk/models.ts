import type { components } from '../../api/schema';
import { count, large, moment } from '../../lib/format';
import { t } from './words';

export type Model = components['schemas']['Model'];

export const nameOf = (model: Model): string =>
  model.id === 'calculator' ? t.calculator : model.id === 'diary' ? t.diary : (model.name ?? model.id);

/** What stands beside a model's name. */
export const factsOf = (model: Model): string[] =>
  [
    model.parameters ? t.weights(large(model.parameters)) : '',
    model.id === 'calculator' ? t.came : model.grown ? t.grown(moment(model.grown, { dateStyle: 'medium' })) : '',
    model.kind === 'calculator' ? t.greedy : '',
  ].filter(Boolean);

/** The checkpoints that can be chosen, with their names. */
export function checkpointsOf(model: Model): { value: string; name: string }[] {
  const steps = model.steps ?? [];
  if (!steps.length) return [];
  const named = [...steps].reverse().map((step) => ({ value: step.name, name: step.best ? t.stepsBest(count(step.step)) : t.steps(count(step.step)) }));
  return [{ value: '', name: model.kind === 'calculator' ? t.last : t.best }, ...named];
}

/** The checkpoint that an address means: by its name, by its step alone, or last; nothing: the best. */
export function stepOf(model: Model, checkpoint: string) {
  const steps = model.steps ?? [];
  return checkpoint === 'last' ? steps.at(-1) : steps.find((step) => step.name === checkpoint || String(step.step) === checkpoint);
}

/** What the button says: the step that is talked to. */
export function atStep(model: Model, checkpoint: string): string {
  const steps = model.steps ?? [];
  const found = stepOf(model, checkpoint) ?? steps.find((step) => step.best) ?? steps.at(-1);
  return found ? t.steps(count(found.step)) : t.choose;
}
