/** The diary that the pages are about: the reader's own, or a sample (`?sample=ja`); and what the server tells of it. */
import { get, Problem } from '../../api/client';
import type { components } from '../../api/schema';
import { address, param } from '../../lib/address.svelte';
import { listen } from '../../lib/live.svelte';

type S = components['schemas'];
export type About = S['AboutDiary'];
export type Entry = S['ToldEntry'];
export type Kept = S['KeptDraft'];
export type OneDay = S['OneDay'];
export type Hit = S['Hit'];
export type WordOf = S['Word'];
export type TieOf = S['Tie'];
export type Association = S['Association'];
export type BetweenOf = S['Between'];
export type ChainOf = S['Chain'];
export type NetOf = S['Net'];
export type InterestsOf = S['Interests'];
export type Day = [string, string];

/** Which part of a model's growing is done, and what came of it. */
export interface Growing {
  state: 'none' | 'growing' | 'done' | 'failed';
  share?: number;
  loss?: number | null;
  sample?: string;
  code?: string;
  detail?: string;
  growth?: { why: string; entries: number; perplexity: number; finished: boolean };
}
interface Live {
  locked: boolean;
  revision: number;
  reading: [number, number] | null;
  growing: Growing;
}

export const diary = $state<{ about?: About; live: Live; problem?: unknown; of?: string }>({
  live: { locked: false, revision: 0, reading: null, growing: { state: 'none' } },
});

/** The language of the sample that is looked at; empty: one's own diary. */
export const sample = () => {
  const asked = param('sample');
  return asked === 'ja' || asked === 'en' ? asked : '';
};

type Values = Record<string, string | number | boolean | undefined | string[]>;
function query(values: Values): string {
  const found = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (Array.isArray(value)) for (const one of value) found.append(name, one);
    else if (value !== undefined && value !== '' && value !== false) found.set(name, String(value));
  }
  const text = found.toString();
  return text ? `?${text}` : '';
}

/** An address of the diary's pages that stays with the same diary. */
export const here = (path: string, values: Values = {}) => path + query({ ...values, sample: sample() });

/** The address of what the server is asked. */
export const api = (path: string, values: Values = {}) => `/api/diary${path}${query({ ...values, of: sample() })}`;

/** Ask the server; when it says that the diary is locked, all pages know. */
export async function ask<T>(path: string, values: Values = {}, signal?: AbortSignal): Promise<T> {
  try {
    return await get<T>(api(path, values), signal);
  } catch (error) {
    if (isLocked(error)) diary.live.locked = true;
    throw error;
  }
}

export const isLocked = (error: unknown) => error instanceof Problem && error.code === 'locked';
export const aborted = (error: unknown) => error instanceof DOMException && error.name === 'AbortError';

/** Read what is known of the diary as a whole. */
export async function load(): Promise<void> {
  const of = sample();
  try {
    diary.about = await ask<About>('');
    diary.live.locked = false;
    diary.problem = undefined;
  } catch (error) {
    diary.about = undefined;
    diary.problem = isLocked(error) ? undefined : error;
  }
  diary.of = of;
}

/** Follow what the server tells, for as long as a page of the diary is shown. */
export function follow(): () => void {
  const of = sample();
  return listen<Live>(of ? `diary:${of}` : 'diary', (state) => {
    const before = diary.live;
    diary.live = state;
    if (state.locked) diary.about = undefined;
    const grown = before.growing.state === 'growing' && state.growing.state !== 'growing';
    if ((before.locked && !state.locked) || grown) void load();
  });
}

export const current = () => address.query;
