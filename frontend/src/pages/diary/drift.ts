/** Which interests have come of late, and which have gone: the last third of the time against the first. */
import type { InterestsOf } from './diary.svelte';

const CHANGED = 0.06; // share of the entries, at least

export function drift(found: InterestsOf): { gone?: string; come?: string } {
  const part = Math.max(1, Math.floor(found.names.length / 3));
  const entries = found.names.map((name) => found.periods.find((period) => period.name === name)?.entries ?? 0);
  const share = (counts: number[], from: number, to: number) =>
    counts.slice(from, to).reduce((a, b) => a + b, 0) / Math.max(1, entries.slice(from, to).reduce((a, b) => a + b, 0));
  const changes = found.interests
    .map((one) => ({ word: one.word, by: share(one.by_period, -part, undefined as never) - share(one.by_period, 0, part) }))
    .sort((a, b) => a.by - b.by);
  const first = changes[0], last = changes.at(-1);
  return { gone: first && first.by < -CHANGED ? first.word : undefined, come: last && last.by > CHANGED ? last.word : undefined };
}
