/** What a reader has given to learn from: kept over a reload, and laid beside the runs by the server. */
import { path, Problem, remove } from '../../api/client';
import type { Text } from './types';

const PASTED = 'mebuki.grow.pasted', FILES = 'mebuki.grow.files', DRAFT = 'mebuki.grow.draft';

function read<T>(key: string, otherwise: T): T {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? 'null') ?? otherwise;
  } catch {
    return otherwise;
  }
}

/** Keep a value over a reload; false if the browser has no room for it. */
function write(key: string, value: unknown): boolean {
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

export const given = $state({
  pasted: read(PASTED, ''),
  files: read<Text[]>(FILES, []),
  reading: 0,
  problem: undefined as unknown,
  /** The pasted text as the server keeps it, and what it was then. */
  draft: read<Text | null>(DRAFT, null),
});
let sent = given.draft ? given.pasted : '';
let sending: Promise<void> | undefined;

/** Keep what is pasted; more than the browser has room for becomes a file at once. */
export function paste(text: string): void {
  given.pasted = text;
  given.problem = undefined;
  if (!write(PASTED, text)) {
    void add([new File([text], 'pasted.txt', { type: 'text/plain' })]);
    given.pasted = '';
    write(PASTED, '');
  }
}

async function upload(name: string, body: BodyInit): Promise<Text> {
  let answer: Response;
  try {
    answer = await fetch(`/api/texts?name=${encodeURIComponent(name)}`, { method: 'POST', body, headers: { 'content-type': 'application/octet-stream' } });
  } catch {
    throw new Problem('offline');
  }
  if (answer.ok) return (await answer.json()) as Text;
  const told = await answer.json().catch(() => ({}));
  throw new Problem(told.code ?? 'failed', told.detail ?? {}, answer.status);
}

/** Files that were chosen or dropped; those that cannot be read are told of, the others are kept. */
export async function add(files: Iterable<File>): Promise<void> {
  given.problem = undefined;
  for (const file of files) {
    given.reading++;
    try {
      given.files.push(await upload(file.name, file));
      write(FILES, given.files);
    } catch (error) {
      given.problem = error;
    } finally {
      given.reading--;
    }
  }
}

export function takeAway(id: string): void {
  given.files = given.files.filter((one) => one.id !== id);
  write(FILES, given.files);
  void remove(path`/api/texts/${id}`).catch(() => {});
}

/** Let the server have what is pasted, once for each change; nothing while it is empty. */
export async function settle(): Promise<void> {
  while (sending) await sending;
  const text = given.pasted;
  if (text === sent && (given.draft || !text.trim())) return;
  const before = given.draft;
  sending = (async () => {
    given.draft = text.trim() ? await upload('pasted.txt', text) : null;
    sent = text;
    write(DRAFT, given.draft);
    if (before) void remove(path`/api/texts/${before.id}`).catch(() => {});
  })();
  try {
    await sending;
    given.problem = undefined;
  } catch (error) {
    given.problem = error;
    throw error;
  } finally {
    sending = undefined;
  }
}

/** After a start: the texts belong to the run now. */
export function handOver(how: 'paste' | 'files'): void {
  if (how === 'paste') {
    [given.pasted, given.draft, sent] = ['', null, ''];
    write(PASTED, '');
    write(DRAFT, null);
  } else {
    given.files = [];
    write(FILES, []);
  }
}
