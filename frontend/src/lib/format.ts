/** Numbers, times and dates as the reader's language writes them. */
import { locale } from './locale.svelte';

const tag = () => (locale.language === 'ja' ? 'ja-JP' : 'en-GB');

/** 1,234,567 */
export const count = (n: number) => new Intl.NumberFormat(tag(), { maximumFractionDigits: 0 }).format(n);

/** 3.19; with so many digits behind the point. */
export const decimal = (n: number, digits = 2) =>
  new Intl.NumberFormat(tag(), { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(n);

/** 24, 4.3, 0.082: three significant digits at most. */
export const short = (n: number) => new Intl.NumberFormat(tag(), { maximumSignificantDigits: 3 }).format(n);

/** 71% */
export const percent = (share: number, digits = 0) =>
  new Intl.NumberFormat(tag(), { style: 'percent', maximumFractionDigits: digits }).format(share);

/** 1.8 million, 180万 */
export const large = (n: number) =>
  new Intl.NumberFormat(tag(), { notation: 'compact', compactDisplay: locale.language === 'ja' ? 'short' : 'long', maximumSignificantDigits: 3 }).format(n);

/** 2 h 5 min, 13 min, 40 s. */
export function duration(seconds: number): string {
  const ja = locale.language === 'ja';
  const unit = (n: number, en: string, jp: string) => (ja ? `${n}${jp}` : `${n} ${en}`);
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 90) return unit(whole, 's', '秒');
  const minutes = Math.round(whole / 60);
  if (minutes < 90) return unit(minutes, 'min', '分');
  const hours = Math.floor(minutes / 60), rest = minutes % 60;
  if (hours < 48) return unit(hours, 'h', '時間') + (rest ? (ja ? '' : ' ') + unit(rest, 'min', '分') : '');
  return unit(Math.round(hours / 24), 'days', '日');
}

/** A day, from `2026-11-21`: 21 November 2026, 2026年11月21日. */
export const day = (iso: string, how: Intl.DateTimeFormatOptions = { dateStyle: 'long' }) =>
  new Intl.DateTimeFormat(tag(), { ...how, timeZone: 'UTC' }).format(new Date(`${iso.slice(0, 10)}T00:00:00Z`));

/** A moment, in this place's time, from an ISO time or seconds since 1970. */
export const moment = (when: string | number, how: Intl.DateTimeFormatOptions = { dateStyle: 'medium', timeStyle: 'short' }) =>
  new Intl.DateTimeFormat(tag(), how).format(new Date(typeof when === 'number' ? when * 1000 : when));

/** Today here, as `2026-11-21`. */
export function today(): string {
  const now = new Date();
  return `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, '0')}-${String(now.getDate()).padStart(2, '0')}`;
}
