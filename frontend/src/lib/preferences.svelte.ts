/** Language and theme: chosen here, kept by the server. */
import { get, put } from '../api/client';
import type { components } from '../api/schema';
import { speak } from './locale.svelte';

export type Chosen = components['schemas']['Chosen'];
export const chosen = $state<Chosen>({ language: 'auto', theme: 'auto' });

export async function load(): Promise<void> {
  Object.assign(chosen, await get<Chosen>('/api/preferences'));
}

export async function choose(changes: Partial<Chosen>): Promise<void> {
  Object.assign(chosen, changes);
  const root = document.documentElement;
  if (chosen.theme === 'auto') delete root.dataset.theme;
  else root.dataset.theme = chosen.theme;
  speak(chosen.language === 'auto' ? (navigator.language.startsWith('ja') ? 'ja' : 'en') : chosen.language!);
  await put('/api/preferences', { ...chosen });
}
