/** What the rooms below say of an error, in Japanese. They say it in English; here are the same sentences with their holes.
 *
 * `{#n}` is a number, `{=w}` has no spaces, `{x}` is anything; what fills a hole is translated too, where it is known itself.
 */
import japanese from './errors.ja.json' with { type: 'json' };

const HOLE = /\{([#=]?)(\w+)\}/g;
const KINDS = { '#': String.raw`(?:[-+]?[\d.,]+(?:e[-+]?\d+)?|[-+]?inf|nan|a huge number)`, '=': String.raw`\S+`, '': '.*?' } as const;

interface Sentence { fits: RegExp; holes: string[]; japanese: string; letters: number }

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

function sentence(english: string, japanese: string): Sentence {
  const holes: string[] = [];
  let pattern = '', end = 0;
  for (const hole of english.matchAll(HOLE)) {
    pattern += escaped(english.slice(end, hole.index)) + `(${KINDS[hole[1] as keyof typeof KINDS]})`;
    holes.push(hole[2]!);
    end = hole.index + hole[0].length;
  }
  return { fits: new RegExp(`^${pattern}${escaped(english.slice(end))}$`, 's'), holes, japanese, letters: english.replace(HOLE, '').length };
}

/** Those that say the most themselves come first: a sentence that is almost all holes is asked last. */
const known = Object.entries(japanese).map(([english, other]) => sentence(english, other)).sort((a, b) => b.letters - a.letters);

/** What a setting or another short name is called; pages add theirs. */
const names: ((name: string) => string | undefined)[] = [];
export const call = (namer: (name: string) => string | undefined) => void names.push(namer);
export function called(name: string): string | undefined {
  for (const namer of names) {
    const found = namer(name);
    if (found) return found;
  }
  return undefined;
}

/** Names and numbers need no other words: `tiny, small`, `0.9`, `2026-11-21`. */
const NAMES = /^[\w.'+-]+(, [\w.'+-]+)*$/;
export const isName = (text: string) => NAMES.test(text);

const ofPython = (value: string) => value.match(/^'(.*)'$|^"(.*)"$/s)?.slice(1).find((one) => one !== undefined);

/** Where texts lie that a reader gave: their names say enough. */
const GIVEN = /^.*[\\/]\.texts[\\/][^\\/]+[\\/]/;

function filling(value: string): string {
  const quoted = ofPython(value);
  if (quoted !== undefined) return `「${quoted}」`;
  return called(value) ?? inJapanese(value) ?? value.replace(GIVEN, '');
}

/** Between Japanese letters no space is set; beside Latin letters and digits one is. */
const GAP = /(?<=[\u3001-\u30ff\u3400-\u9fff」）]) (?=[\u3001-\u30ff\u3400-\u9fff「（])/gu;

/** A sentence in Japanese, without its full stop; undefined where nobody has written it. */
export function inJapanese(english: string): string | undefined {
  for (const one of known) {
    const found = one.fits.exec(english);
    if (!found) continue;
    const filled = new Map(one.holes.map((hole, i) => [hole, filling(found[i + 1]!)]));
    return one.japanese.replace(/\{(\w+)\}/g, (_, hole: string) => filled.get(hole) ?? '').replace(GAP, '');
  }
  return undefined;
}

export interface Said { given?: string; allowed?: string; hint?: string }

/** An error in Japanese: what happened, what is allowed, what to do. `rest` is what nobody has translated, in English.
 *
 * A hint for the command line is no help on a page, and is left to the rest.
 */
export function saidInJapanese({ given = '', allowed = '', hint = '' }: Said): { what?: string; then?: string; rest: string } {
  const what = given ? inJapanese(given) : undefined;
  const range = allowed && (inJapanese(allowed) ?? (isName(allowed) ? allowed : undefined));
  const near = isName(hint) && `たとえば ${hint} にしてみてください`;
  const advice = hint && (inJapanese(hint) ?? near);
  const then = [range && `使えるのは、${range}です。`, advice && `${advice}。`].filter(Boolean).join('');
  const rest = [what ? '' : given, range ? '' : allowed, advice || what ? '' : hint].filter(Boolean).join('\n');
  return { what: what && `${what}。`, then: then || undefined, rest };
}
