/** Numbers as the lab writes them. */
import { large } from '../../../lib/format';
import { locale } from '../../../lib/locale.svelte';

const UP: Record<string, string> = { '-': '⁻', 0: '⁰', 1: '¹', 2: '²', 3: '³', 4: '⁴', 5: '⁵', 6: '⁶', 7: '⁷', 8: '⁸', 9: '⁹' };
export const raised = (n: number) => [...String(n)].map((sign) => UP[sign]).join('');

/** 0.52, 0.0008, 3.1 × 10⁻⁷: two or three digits that mean something, a true minus. */
export function fine(n: number, digits = 2): string {
  if (Number.isNaN(n)) return 'NaN';
  if (!Number.isFinite(n)) return n > 0 ? '∞' : '−∞';
  if (n === 0) return '0';
  const size = Math.abs(n), sign = n < 0 ? '−' : '';
  if (size >= 1e-4 && size < 1e5) {
    const rounded = Number(size.toPrecision(digits));
    return sign + (rounded >= 100 ? Math.round(size).toString() : rounded.toString());
  }
  const [mantissa, exponent] = size.toExponential(digits - 1).split('e');
  return `${sign}${mantissa} × 10${raised(Number(exponent))}`;
}

/** −1.20: so many digits behind the point. */
export const fixed = (n: number, digits = 2) =>
  Number.isFinite(n) ? (n < 0 && Number(n.toFixed(digits)) !== 0 ? '−' : '') + Math.abs(n).toFixed(digits) : fine(n);

/** 0.08%, 31%; far below: one part in 1.4 million, 140万分の1; far above: 2,050 times as much, 2050倍. */
export function share(p: number): string {
  if (p > 0 && p < 1e-4) return locale.language === 'ja' ? `${large(1 / p)}分の1` : `one part in ${large(1 / p)}`;
  if (p > 10) return locale.language === 'ja' ? `${large(p)}倍` : `${large(p)} times as much`;
  const n = p * 100;
  return (n === 0 ? '0' : n >= 10 ? n.toFixed(0) : fixed(n, n < 0.1 ? 3 : n < 1 ? 2 : 1)) + '%';
}
