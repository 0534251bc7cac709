import katex from 'katex';
import 'katex/dist/katex.min.css';

/** LaTeX as safe HTML: nothing in it may load, link or style, but for the mark under the part that is worked next. */
export function set(latex: string, { display = false, remainder = 'remainder' } = {}): string {
  return katex.renderToString(latex.replace('\\text{ remainder }', `\\text{ ${remainder} }`), {
    displayMode: display,
    throwOnError: false,
    strict: 'ignore',
    maxExpand: 200,
    maxSize: 20,
    trust: (asked) => asked.command === '\\htmlClass' && asked.class === 'next',
  });
}

const HIGH: Record<string, string> = { '0': '⁰', '1': '¹', '2': '²', '3': '³', '4': '⁴', '5': '⁵', '6': '⁶', '7': '⁷', '8': '⁸', '9': '⁹' };

/** Canonical text with the signs of print: 3*x^2/4-1 as 3×x²÷4−1. */
export const signs = (text: string): string =>
  text
    .replace(/\^(\d+)/g, (_, digits: string) => [...digits].map((digit) => HIGH[digit]).join(''))
    .replaceAll('*', '×')
    .replaceAll('/', '÷')
    .replaceAll('-', '−');
