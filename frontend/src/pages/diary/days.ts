/** Days as a diary shows them: months as a grid, dates in the reader's language. */
import { locale } from '../../lib/locale.svelte';
import { day as format } from '../../lib/format';

const DIGITS = '〇一二三四五六七八九';

/** A number up to 99 in kanji, as it is written down a page: 16 → 十六. */
export function kanji(n: number): string {
  const tens = Math.floor(n / 10), ones = n % 10;
  if (!tens) return DIGITS[n]!;
  return (tens > 1 ? DIGITS[tens]! : '') + '十' + (ones ? DIGITS[ones]! : '');
}

/** 五月十六日, 16 May. */
export const dayTitle = (iso: string) =>
  locale.language === 'ja'
    ? `${kanji(Number(iso.slice(5, 7)))}月${kanji(Number(iso.slice(8, 10)))}日`
    : format(iso, { day: 'numeric', month: 'long' });

/** 土曜日, Saturday. */
export const weekday = (iso: string) => format(iso, { weekday: 'long' });

/** 2026年 五月, May 2026, from `2026-05`. */
export const monthTitle = (month: string) =>
  locale.language === 'ja'
    ? `${Number(month.slice(0, 4))}年 ${kanji(Number(month.slice(5, 7)))}月`
    : format(`${month}-01`, { month: 'long', year: 'numeric' });

/** 四月, April. */
export const monthName = (month: string) =>
  locale.language === 'ja' ? `${kanji(Number(month.slice(5, 7)))}月` : format(`${month}-01`, { month: 'long' });

/** 四月, Apr. */
export const monthShort = (month: string) => (locale.language === 'ja' ? monthName(month) : format(`${month}-01`, { month: 'short' }));

/** A day so many days later. */
export function later(iso: string, days: number): string {
  const at = new Date(`${iso}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}

/** A month so many months later, from `2026-05`. */
export function laterMonth(month: string, months: number): string {
  const at = new Date(`${month}-01T00:00:00Z`);
  at.setUTCMonth(at.getUTCMonth() + months);
  return at.toISOString().slice(0, 7);
}

/** The days of a month in whole weeks from Monday to Sunday. */
export function grid(month: string): string[] {
  const first = `${month}-01`;
  const before = (new Date(`${first}T00:00:00Z`).getUTCDay() + 6) % 7;
  const start = later(first, -before);
  const behind = `${laterMonth(month, 1)}-01`;
  const found: string[] = [];
  for (let day = start; day < behind || found.length % 7; day = later(day, 1)) found.push(day);
  return found;
}

/** Whether a text is a day that there is. */
export const isDay = (text: string) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) && later(text, 0) === text;

/** Months from one day to another, with how many of these days each has. */
export function byMonth(days: string[], first: string, last: string): { month: string; days: number }[] {
  const count = new Map<string, number>();
  for (const day of days) count.set(day.slice(0, 7), (count.get(day.slice(0, 7)) ?? 0) + 1);
  const found = [];
  for (let month = first.slice(0, 7); month <= last.slice(0, 7); month = laterMonth(month, 1))
    found.push({ month, days: count.get(month) ?? 0 });
  return found;
}

/** Runs of months without a pause of more than so many, as first and last month. */
export function spans(months: { month: string; days: number }[], pause = 2): [string, string][] {
  const found: [string, string][] = [];
  let since = Infinity;
  for (const { month, days } of months) {
    if (days) {
      if (since > pause) found.push([month, month]);
      else found[found.length - 1]![1] = month;
      since = 0;
    } else since += 1;
  }
  return found;
}

/** A month, a quarter or a year by its name: `2026-11`, `2026-Q4`, `2026`; quarters as seasons. */
export function periodTitle(period: string): string {
  const ja = locale.language === 'ja';
  const [year, part] = period.split('-');
  if (!part) return ja ? `${year}年` : year!;
  if (!part.startsWith('Q')) return ja ? `${year}年${Number(part)}月` : format(`${period}-01`, { month: 'short', year: 'numeric' });
  const n = Number(part[1]) - 1;
  return ja ? `${year} ${['冬', '春', '夏', '秋'][n]}` : `${['Winter', 'Spring', 'Summer', 'Autumn'][n]} ${year}`;
}
