/** How drafts reach the server. */
import { Problem } from '../../api/client';
import { api, type Entry, type Kept } from './diary.svelte';
import type { Post } from './keeping.svelte';

async function told(answer: Response): Promise<never> {
  const said = await answer.json().catch(() => ({}));
  throw new Problem(said.code ?? 'failed', said.detail ?? {}, answer.status);
}

export const post: Post = {
  async put(id, body, keepalive) {
    const answer = await fetch(api(`/entries/${encodeURIComponent(id)}`), {
      method: 'PUT',
      keepalive,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }).catch(() => Promise.reject(new Problem('offline')));
    return answer.ok ? ((await answer.json()) as Kept) : told(answer);
  },
  async entry(id) {
    const answer = await fetch(api(`/entries/${encodeURIComponent(id)}`)).catch(() => Promise.reject(new Problem('offline')));
    if (answer.status === 404) return undefined;
    return answer.ok ? ((await answer.json()) as Entry) : told(answer);
  },
};
