/** Settings in the address: `steps:500,optimizer:adamw`; only those that are not as recommended. */
import type { Way } from './types';

/** A piece of an address as it was meant; a broken one as it stands. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Ids of runs in the address, with commas between them; each may hold commas itself. */
export const idsOf = (text: string) => text.split(',').filter(Boolean).map(decoded);
export const listed = (ids: string[]) => ids.map(encodeURIComponent).join(',');

type Value = string | number | boolean | null;

export function unpack(text: string): Record<string, Value> {
  const found: Record<string, Value> = {};
  for (const part of text.split(',')) {
    const colon = part.indexOf(':');
    if (colon < 1) continue;
    const raw = decoded(part.slice(colon + 1));
    found[part.slice(0, colon)] =
      raw === 'null' ? null : raw === 'true' ? true : raw === 'false' ? false : raw !== '' && /^-?(\d+\.?\d*|\.\d+)(e-?\d+)?$/i.test(raw) ? Number(raw) : raw.replace(/^=/, '');
  }
  return found;
}

export function pack(settings: Record<string, Value>, ways: Pick<Way, 'name' | 'usual' | 'kind'>[]): string {
  return Object.entries(settings)
    .filter(([name, value]) => ways.find((way) => way.name === name)?.usual !== value)
    .map(([name, value]) => `${name}:${encodeURIComponent(typeof value === 'string' ? `=${value}` : String(value))}`)
    .join(',');
}
