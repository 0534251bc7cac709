/** The state of a page that one plays with: it begins as the address says, and the address follows it. */
import { address, keep } from './address.svelte';

/** One thing that is kept: what it is at first, and how it is read; nothing for what does not fit. */
export interface Kind<T> {
  first: T;
  read: (text: string) => T | undefined;
}

export const number = (first: number, low: number, high: number): Kind<number> => ({
  first,
  read: (text) => {
    const n = Number(text);
    return text.trim() !== '' && n >= low && n <= high ? n : undefined;
  },
});
export const whole = (first: number, low: number, high: number): Kind<number> => {
  const { read } = number(first, low, high);
  return { first, read: (text) => (Number.isInteger(Number(text)) ? read(text) : undefined) };
};
export const oneOf = <T extends string>(first: NoInfer<T>, all: readonly T[]): Kind<T> => ({
  first,
  read: (text) => all.find((one) => one === text),
});
export const words = (first: string, most: number): Kind<string> => ({ first, read: (text) => text.slice(0, most) });
export const flag = (first: boolean): Kind<boolean> => ({ first, read: (text) => (text === '1' ? true : text === '0' ? false : undefined) });
/** A few numbers, `1~-2.5~0`: as many as at first. */
export const numbers = (first: number[], low: number, high: number): Kind<number[]> => ({
  first,
  read: (text) => {
    const found = text.split('~').map(Number);
    return found.length === first.length && found.every((n) => n >= low && n <= high) ? found : undefined;
  },
});

const written = (value: unknown): string =>
  value === true ? '1' : value === false ? '0' : Array.isArray(value) ? value.join('~') : String(value);

/** What an address says of the state; what it does not say, or not rightly, is as at first. */
export function reading<T extends object>(kinds: { [K in keyof T]: Kind<T[K]> }, query: string): T {
  const given = new URLSearchParams(query);
  const state = {} as T;
  for (const name of Object.keys(kinds) as (keyof T & string)[]) {
    const text = given.get(name), { first, read } = kinds[name];
    const value = (text === null ? undefined : read(text)) ?? first;
    state[name] = (Array.isArray(value) ? [...value] : value) as T[typeof name];
  }
  return state;
}

/** The part of an address that says the state: only what differs from the beginning. */
export function saying<T extends object>(kinds: { [K in keyof T]: Kind<T[K]> }, state: T): Record<string, string> {
  const said: Record<string, string> = {};
  for (const name of Object.keys(kinds) as (keyof T & string)[]) {
    const now = written(state[name]);
    said[name] = now === written(kinds[name].first) ? '' : now;
  }
  return said;
}

/**
 * State for a component, kept in the address; `reset` makes it as at first.
 *
 *     const { state, reset } = kept({ w: number(0.8, 0, 2), bend: oneOf('tanh', BENDS) });
 *
 * The address is written when the hand rests: browsers refuse more than a few changes a second.
 */
export function kept<T extends object>(kinds: { [K in keyof T]: Kind<T[K]> }): { state: T; reset: () => void } {
  const state = $state(reading(kinds, address.query)) as T;
  const home = location.pathname;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let own = JSON.stringify(saying(kinds, state));
  const write = () => {
    clearTimeout(timer);
    timer = undefined;
    if (location.pathname === home) keep(JSON.parse(own));
  };
  $effect(() => {
    const now = JSON.stringify(saying(kinds, state));
    if (now === own) return;
    own = now;
    clearTimeout(timer);
    timer = setTimeout(write, 250);
  });
  $effect(() => {
    const query = address.query; // back and forward
    if (timer || location.pathname !== home) return;
    const there = reading(kinds, query), said = JSON.stringify(saying(kinds, there));
    if (said === own) return;
    own = said;
    Object.assign(state, there);
  });
  $effect(() => {
    const leaving = () => timer && write();
    addEventListener('pagehide', leaving);
    return () => (removeEventListener('pagehide', leaving), clearTimeout(timer));
  });
  return { state, reset: () => Object.assign(state, reading(kinds, '')) };
}
