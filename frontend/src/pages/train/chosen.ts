/** Settings in the address: `steps:500,optimizer:adamw`; only those that are not as recommended. */
import type { Way } from './types';

type Value = string | number | boolean | null;

export function unpack(text: string): Record<string, Value> {
  const found: Record<string, Value> = {};
  for (const part of text.split(',')) {
    const colon = part.indexOf(':');
    if (colon < 1) continue;
    const raw = decodeURIComponent(part.slice(colon + 1));
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
