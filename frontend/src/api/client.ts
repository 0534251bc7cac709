/** Requests to the studio's own server. Whatever goes wrong is a `Problem` with a code; `Trouble.svelte` has the sentences. */
export class Problem extends Error {
  constructor(
    readonly code: string,
    readonly detail: Record<string, unknown> = {},
    readonly status = 0,
  ) {
    super(code);
  }
}

async function ask(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  const form = body instanceof FormData;
  const sent = body === undefined ? undefined : form ? body : JSON.stringify(body);
  let answer: Response;
  try {
    answer = await fetch(path, {
      method,
      signal,
      keepalive: typeof sent === 'string' && method !== 'POST' && sent.length < 20_000, // what is kept is kept, even if the page is left; a browser takes 64 KiB
      headers: body === undefined || form ? {} : { 'content-type': 'application/json' },
      body: sent,
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Problem('offline');
  }
  if (answer.ok) return answer;
  const told = await answer.json().catch(() => ({}));
  throw new Problem(told.code ?? 'failed', told.detail ?? {}, answer.status);
}

async function json<T>(answer: Promise<Response>): Promise<T> {
  const got = await answer;
  return (got.status === 204 ? undefined : await got.json()) as T;
}

export const get = <T>(path: string, signal?: AbortSignal) => json<T>(ask('GET', path, undefined, signal));
export const post = <T>(path: string, body?: unknown, signal?: AbortSignal) => json<T>(ask('POST', path, body, signal));
export const put = <T>(path: string, body: unknown) => json<T>(ask('PUT', path, body));
export const patch = <T>(path: string, body: unknown) => json<T>(ask('PATCH', path, body));
export const remove = <T>(path: string) => json<T>(ask('DELETE', path));

/** Post, and read the answer as lines of JSON as they come. */
export async function* lines<T>(path: string, body: unknown, signal?: AbortSignal): AsyncGenerator<T> {
  const answer = await ask('POST', path, body, signal);
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const parts = (rest + value).split('\n');
      rest = parts.pop()!;
      for (const part of parts) if (part) yield JSON.parse(part) as T;
    }
    if (rest) yield JSON.parse(rest) as T;
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** A path with its pieces made safe: path`/api/runs/${name}`. */
export const path = (parts: TemplateStringsArray, ...names: (string | number)[]) =>
  parts.reduce((made, part, i) => made + part + (i < names.length ? encodeURIComponent(names[i]!) : ''), '');
