/** From what a model would draw at temperature 1 to what it draws with other settings; the same as `generation/sampler.py`. */
export interface Settings {
  temperature: number;
  topK: number;
  topP: number;
}

/**
 * Probabilities of choices, in their order, after temperature and filters.
 *
 * @param p at temperature 1, of the likeliest choices, the best first.
 * @param left how many further choices there are, of which only what they have together is known.
 * @returns one more number than p if there are others: what they have together.
 */
export function drawn(p: number[], left: number, { temperature, topK, topP }: Settings): number[] {
  if (!p.length) return [];
  const rest = Math.max(0, 1 - p.reduce((sum, one) => sum + one, 0));
  if (temperature === 0) {
    const best = p.indexOf(Math.max(...p));
    return [...p.map((_, i) => (i === best ? 1 : 0)), ...(left ? [0] : [])];
  }
  const most = Math.max(...p);
  const heat = (one: number) => (one > 0 ? Math.exp(Math.log(one / most) / temperature) : 0);
  let found = p.map(heat);
  let others = left ? left * heat(rest / left) : 0;
  if (topK > 0 && topK < p.length) {
    found = found.map((one, i) => (i < topK ? one : 0));
    others = 0;
  }
  const total = found.reduce((sum, one) => sum + one, others);
  found = found.map((one) => one / total);
  others /= total;
  if (topP < 1) {
    let before = 0;
    found = found.map((one) => {
      const kept = before < topP ? one : 0;
      before += one;
      return kept;
    });
    if (before >= topP) others = 0;
    const kept = found.reduce((sum, one) => sum + one, others);
    found = found.map((one) => one / kept);
    others /= kept;
  }
  return left ? [...found, others] : found;
}
