/** Small things that the home page shows. */
const DIGITS = '〇一二三四五六七八九';

/** 五月十六日, from `2026-05-16`. */
export function upright(iso: string): string {
  const number = (n: number) => (n >= 20 ? DIGITS[Math.floor(n / 10)]! : '') + (n >= 10 ? '十' : '') + (n % 10 ? DIGITS[n % 10]! : '');
  const [, month, day] = iso.split('-').map(Number);
  return `${number(month!)}月${number(day!)}日`;
}

/** The first lines of a text, and of these so many letters at most. */
export function lines(text: string, most: number, letters = 240): string {
  const kept = text.trim().split('\n').filter((line) => line.trim()).slice(0, most).join('\n');
  const signs = [...kept];
  return signs.length > letters ? signs.slice(0, letters).join('') + '…' : kept;
}

/** Pages of the lab that are shown in turn, in the order of the dictionary's lessons. */
export const LESSONS = ['/lab/gradients', '/lab/softmax', '/lab/attention'];

/** A run's losses as a path in a picture of 460 by 110, and how far it has come. */
export function curve(found: { train: { x: number[]; mean: number[] } }, end: number): { path: string; to: number } | undefined {
  const { x, mean } = found.train;
  if (x.length < 2) return undefined;
  const low = Math.min(...mean), high = Math.max(...mean), last = x.at(-1)!;
  const across = (at: number) => (450 * at) / Math.max(end, last);
  const down = (loss: number) => 100 - (92 * (loss - low)) / (high - low || 1);
  return {
    path: x.map((at, i) => `${i ? 'L' : 'M'}${across(at).toFixed(1)} ${down(mean[i]!).toFixed(1)}`).join(''),
    to: across(last),
  };
}
