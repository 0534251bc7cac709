/** What a chart of losses reckons before it draws. */
import type { Curve, Rows } from './types';

/** Places for labels that want to stand at `wanted` (sorted upwards), none nearer to another than `gap`, within low and high. */
export function apart(wanted: number[], gap: number, low: number, high: number): number[] {
  const placed = [...wanted];
  for (let i = 1; i < placed.length; i++) placed[i] = Math.max(placed[i]!, placed[i - 1]! + gap);
  let limit = high;
  for (let i = placed.length - 1; i >= 0; i--) {
    placed[i] = Math.max(low, Math.min(placed[i]!, limit));
    limit = placed[i]! - gap;
  }
  return placed;
}

/**
 * Where a baseline was passed: the validation loss must have come below it; the place is where the training loss did,
 * if that was earlier. Nothing if it was not passed.
 */
export function passed(curve: Pick<Curve, 'train' | 'evaluations'>, baseline: number): number | undefined {
  const seen = curve.evaluations.find((one) => one.loss != null && one.loss < baseline);
  if (!seen) return undefined;
  const at = curve.train.mean.findIndex((loss) => loss < baseline);
  return at >= 0 ? Math.min(curve.train.x[at]!, seen.x) : seen.x;
}

/** Bounds of the losses shown: all means and looks, and what a blind guess has; a first step far above is cut off. */
export function bounds(curves: Pick<Curve, 'train' | 'evaluations' | 'baselines'>[]): [number, number] {
  let low = Infinity, high = -Infinity, blind = -Infinity;
  for (const { train, evaluations, baselines } of curves) {
    for (const loss of train.mean) (low = Math.min(low, loss)), (high = Math.max(high, loss));
    for (const { loss } of evaluations) if (loss != null) (low = Math.min(low, loss)), (high = Math.max(high, loss));
    if (baselines?.uniform != null) blind = Math.max(blind, baselines.uniform);
  }
  if (!Number.isFinite(low)) [low, high] = [0, Number.isFinite(blind) ? blind : 1];
  if (Number.isFinite(blind)) high = Math.max(blind, Math.min(high, blind * 1.25));
  const room = Math.max(0.05, (high - low) * 0.06);
  return [Math.max(0, low - room), high + room];
}

const KEYS = { step: 'step', seconds: 'seconds', tokens: 'tokens' } as const;

/** Append what was written since to a curve; rows of another axis than it has are passed over. */
export function append(curve: Curve, rows: Rows['rows']): void {
  const key = KEYS[curve.axis];
  const { train } = curve;
  for (const row of rows) {
    const step = row.step as number | undefined;
    const last = train.x[train.x.length - 1];
    const x = (row[key] as number | undefined) ?? (row.event === 'train' ? undefined : last);
    if (step === undefined || x === undefined) continue;
    if (row.event === 'train' && typeof row.loss === 'number') {
      if (last !== undefined && x <= last) continue;
      train.x.push(x);
      for (const name of ['min', 'mean', 'max'] as const) train[name].push(row.loss);
      train.count.push(1);
    } else if (['evaluation', 'examination', 'end'].includes(row.event as string) && ('exact' in row || row.event === 'evaluation')) {
      const known = curve.evaluations[curve.evaluations.length - 1];
      if (known && known.step >= step) continue;
      curve.evaluations.push({ x, step, event: row.event as string, loss: (row.loss as number | null) ?? null, exact: (row.exact as never) ?? null });
    }
    curve.step = Math.max(curve.step, step);
    curve.rows++;
  }
}

/** Whether a curve that was appended to is so long that it should be asked for anew. */
export const tooLong = (curve: Curve, buckets: number) => curve.train.x.length > 1.6 * buckets;

/** The mean of the last losses: a twentieth of the points, ten at least. */
export function recent(curve: Curve): number | undefined {
  const { mean, count } = curve.train;
  if (!mean.length) return undefined;
  const first = Math.max(0, mean.length - Math.max(10, Math.floor(mean.length / 20)));
  let sum = 0, n = 0;
  for (let i = first; i < mean.length; i++) (sum += mean[i]! * count[i]!), (n += count[i]!);
  return sum / n;
}

export type Learning = 'unknown' | 'learning' | 'closer' | 'reciting';

/**
 * Whether it learns or recites, from its training loss and its looks at unseen text:
 * reciting: the last looks are worse than an earlier one, while training goes on falling;
 * closer: it knows its own text much better than unseen text; learning: both go together.
 */
export function learning(curve: Curve): { what: Learning; best?: { step: number; loss: number }; last?: number; train?: number } {
  const looks = curve.evaluations.filter((one) => one.loss != null) as { step: number; loss: number }[];
  const train = recent(curve);
  if (!looks.length || train === undefined) return { what: 'unknown', train };
  const last = looks[looks.length - 1]!;
  const best = looks.reduce((a, b) => (b.loss < a.loss ? b : a));
  const since = looks.length - 1 - looks.indexOf(best);
  const what = since >= 2 && last.loss - best.loss > 0.02 && train < last.loss ? 'reciting' : last.loss - train > 0.35 ? 'closer' : 'learning';
  return { what, best, last: last.loss, train };
}

/** Norms of gradients by part of the model, largest first in the order of the names: parameters of one layer lie together. */
export function byLayer(norms: Record<string, number>): { name: string; norm: number }[] {
  const layers = new Map<string, number>();
  for (const [name, norm] of Object.entries(norms)) {
    const parts = name.split('.');
    const at = parts.findIndex((part) => /^\d+$/.test(part));
    const layer = at >= 0 ? parts.slice(0, at + 1).join('.') : parts[0]!;
    layers.set(layer, (layers.get(layer) ?? 0) + norm * norm);
  }
  return [...layers].map(([name, square]) => ({ name, norm: Math.sqrt(square) }));
}
