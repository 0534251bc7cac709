/** Which page stands at which address. A colon names a part: `/train/:id`. */
import type { Component } from 'svelte';

export type Stem = 'home' | 'write' | 'grow' | 'talk' | 'look' | 'settings';

export interface Page {
  at: string;
  stem: Stem;
  load: () => Promise<{ default: Component<any> }>;
}

export const PAGES: Page[] = [
  { at: '/', stem: 'home', load: () => import('./pages/home/Home.svelte') },
  { at: '/train', stem: 'grow', load: () => import('./pages/train/Train.svelte') },
  { at: '/train/:id', stem: 'grow', load: () => import('./pages/train/Run.svelte') },
  { at: '/compare', stem: 'grow', load: () => import('./pages/train/Compare.svelte') },
  { at: '/talk', stem: 'talk', load: () => import('./pages/talk/Talk.svelte') },
  { at: '/lab', stem: 'look', load: () => import('./pages/lab/Lab.svelte') },
  { at: '/lab/activations', stem: 'look', load: () => import('./pages/lab/Activations.svelte') },
  { at: '/lab/gradients', stem: 'look', load: () => import('./pages/lab/Gradients.svelte') },
  { at: '/lab/softmax', stem: 'look', load: () => import('./pages/lab/Softmax.svelte') },
  { at: '/lab/step', stem: 'look', load: () => import('./pages/lab/Step.svelte') },
  { at: '/lab/tokens', stem: 'look', load: () => import('./pages/lab/Tokens.svelte') },
  { at: '/lab/embedding', stem: 'look', load: () => import('./pages/lab/Embedding.svelte') },
  { at: '/lab/rnn', stem: 'look', load: () => import('./pages/lab/Recurrent.svelte') },
  { at: '/lab/attention', stem: 'look', load: () => import('./pages/lab/Attention.svelte') },
  { at: '/lab/carry', stem: 'look', load: () => import('./pages/lab/Carry.svelte') },
  { at: '/diary', stem: 'write', load: () => import('./pages/diary/Diary.svelte') },
  { at: '/diary/words', stem: 'write', load: () => import('./pages/diary/Words.svelte') },
  { at: '/diary/chain', stem: 'write', load: () => import('./pages/diary/Chain.svelte') },
  { at: '/diary/graph', stem: 'write', load: () => import('./pages/diary/Graph.svelte') },
  { at: '/diary/interests', stem: 'write', load: () => import('./pages/diary/Interests.svelte') },
  { at: '/diary/import', stem: 'write', load: () => import('./pages/diary/Files.svelte') },
  { at: '/diary/trash', stem: 'write', load: () => import('./pages/diary/Trash.svelte') },
  { at: '/diary/lock', stem: 'write', load: () => import('./pages/diary/Lock.svelte') },
  { at: '/settings', stem: 'settings', load: () => import('./pages/settings/Settings.svelte') },
];

/** The page of an address, with its named parts; nothing if there is none. */
export function find(path: string, pages: Page[] = PAGES): { page: Page; parts: Record<string, string> } | undefined {
  const given = path.replace(/\/+$/, '').split('/');
  for (const page of pages) {
    const wanted = page.at.replace(/\/+$/, '').split('/');
    if (wanted.length !== given.length) continue;
    const parts: Record<string, string> = {};
    const fits = wanted.every((part, i) => {
      if (!part.startsWith(':')) return part === given[i];
      parts[part.slice(1)] = decode(given[i]!);
      return given[i] !== '';
    });
    if (fits) return { page, parts };
  }
  return undefined;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
