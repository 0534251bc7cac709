/**
 * A draft is never lost. Each letter goes into this browser's own store at once, and to the server after a short rest; it counts as
 * saved only when the server has said so. Of an encrypted diary nothing is left in the browser: there the draft is in memory alone.
 */
import { Problem } from '../../api/client';
import type { Entry, Kept } from './diary.svelte';

export const REST = 400; // milliseconds without a letter
const KEY = 'mebuki-draft:';
const KEEPALIVE = 60_000; // bytes that a browser sends when a page is left
const SENT = 4; // texts that were sent and not answered, at most

/** Names this window: nobody is in his own way. */
export const writer = crypto.getRandomValues(new Uint32Array(2)).join('-');
let turn = Date.now();

interface Draft {
  id: string;
  day: string;
  time: string | null;
  text: string;
  base: string;
  sent: string[];
  writer: string;
  turn: number;
}
export type State = 'empty' | 'saved' | 'unsaved' | 'waiting' | 'failed';

export interface Post {
  put: (id: string, body: object, keepalive: boolean) => Promise<Kept>;
  entry: (id: string) => Promise<Entry | undefined>;
}

/** The id of an entry that is to be. */
export const newId = (day: string) => `${day}-${crypto.getRandomValues(new Uint32Array(1))[0]!.toString(16).padStart(8, '0')}`;

/** One entry, as it is written. */
export class Writing {
  text = $state('');
  state = $state<State>('empty');
  savedAt = $state<Date>();
  problem = $state<unknown>();
  /** What stands where this could not be written: it was changed elsewhere. */
  beside = $state<Entry>();
  entry = $state<Entry>();
  composing = false;
  /** Grows with each letter and each answer: what was asked before is old then. */
  stamp = 0;

  id: string;
  readonly day: string;
  time: string | null;
  private base = '';
  private sent: string[] = [];
  private answered = '';
  private timer: ReturnType<typeof setTimeout> | undefined;
  private flight: Promise<void> | undefined;
  private unsure = false;
  private tries = 0;
  private over = false;

  constructor(
    private readonly post: Post,
    from: { entry?: Entry; id?: string; day: string; time?: string | null },
    private readonly secret: boolean,
    private readonly told: (writing: Writing) => void = () => {},
  ) {
    this.day = from.day;
    this.id = from.entry?.id ?? from.id ?? newId(from.day);
    this.time = from.entry?.time ?? from.time ?? null;
    if (from.entry) this.take(from.entry);
    const draft = secret ? undefined : read(this.id);
    if (draft) this.goOn(draft);
  }

  /** Whether the server has all of it. */
  get whole(): boolean {
    return this.text === this.answered || (!this.text.trim() && !this.entry);
  }

  /** Take over what the server has, unless something is still to be sent. */
  take(entry: Entry): void {
    if (this.composing || (this.entry && !this.whole)) return;
    this.entry = entry;
    this.base = entry.mark;
    this.answered = this.text = entry.text;
    this.state = 'saved';
  }

  private goOn(draft: Draft): void {
    if (this.entry && (this.entry.text === draft.text || !draft.text.trim())) return forget(this.id, draft.text);
    this.text = draft.text;
    this.sent = draft.sent;
    if (!(this.entry && draft.sent.includes(this.entry.text))) this.base = draft.base;
    this.state = 'unsaved';
    this.timer = setTimeout(() => void this.flush(), 0);
  }

  /** A letter was written. */
  write(text: string): void {
    this.text = text;
    this.stamp += 1;
    this.state = this.whole ? (this.entry ? 'saved' : 'empty') : this.state === 'waiting' ? 'waiting' : 'unsaved';
    this.remember();
    if (this.state !== 'waiting') this.rest();
  }

  private rest(after = REST): void {
    clearTimeout(this.timer);
    if (!this.over) this.timer = setTimeout(() => (this.composing ? this.rest() : void this.flush()), after);
  }

  /** Send what is not sent yet. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    if (this.flight) {
      await this.flight;
      if (this.state === 'waiting' || this.state === 'failed') return;
    }
    if (this.whole || !this.text.trim()) return;
    this.flight = this.send();
    await this.flight;
    this.flight = undefined;
    if (!this.whole && this.text.trim() && this.state === 'unsaved') this.rest();
  }

  /** The page is left: send it now, whatever is under way. */
  leave(): void {
    if (this.whole || !this.text.trim() || this.over) return;
    if (!this.flight && !this.unsure) return void this.flush();
    if (this.unsure && !this.secret) return; // it stays in the browser, and is sent when the page is opened again
    const body = this.body();
    this.post.put(this.id, body, fits(body)).catch(() => {});
  }

  /** No more of this one; what was not sent stays in the browser, if it may. */
  end(): void {
    this.leave();
    this.over = true;
    clearTimeout(this.timer);
  }

  /** It was thrown away. */
  drop(): void {
    this.over = true;
    clearTimeout(this.timer);
    forget(this.id);
  }

  private body(): object {
    turn += 1;
    this.sent = [...this.sent.filter((text) => text !== this.text), this.text].slice(-SENT);
    this.remember();
    return { text: this.text, day: this.day, time: this.time, base: this.base, writer, turn };
  }

  private async send(): Promise<void> {
    try {
      if (this.unsure) await this.ask();
      const text = this.text, body = this.body();
      const kept = await this.post.put(this.id, body, fits(body));
      forget(this.id, text);
      if (kept.beside) {
        this.beside = kept.beside;
        forget(this.id);
        this.id = kept.entry.id;
      }
      this.stamp += 1;
      this.entry = kept.entry;
      this.base = kept.entry.mark;
      this.answered = text;
      this.sent = [];
      this.tries = 0;
      this.savedAt = new Date();
      this.problem = undefined;
      this.state = this.whole ? 'saved' : 'unsaved';
      if (!this.whole) this.remember();
      this.told(this);
    } catch (error) {
      this.unsure = true;
      this.problem = error;
      const again = error instanceof Problem && (error.code === 'offline' || error.code === 'locked');
      this.state = again ? 'waiting' : 'failed';
      this.tries += 1;
      if (!this.over) this.timer = setTimeout(() => this.again(), Math.min(4000, 400 * 2 ** this.tries));
    }
  }

  /** Try once more. */
  again(): void {
    if (this.state === 'waiting' || this.state === 'failed') {
      this.state = 'unsaved';
      void this.flush();
    }
  }

  /** An answer may have been lost on its way: look what is there. */
  private async ask(): Promise<void> {
    const there = await this.post.entry(this.id);
    if (there && this.sent.includes(there.text)) this.base = there.mark;
    this.unsure = false;
  }

  private remember(): void {
    if (this.secret) return;
    if (this.whole) return forget(this.id);
    const { id, day, time, text, base, sent } = this;
    const draft: Draft = { id, day, time, text, base, sent, writer, turn };
    try {
      localStorage.setItem(KEY + id, JSON.stringify(draft));
    } catch {
      // the browser's store is full: the draft is in memory, and on its way
    }
  }
}

const fits = (body: object) => new Blob([JSON.stringify(body)]).size < KEEPALIVE;

function read(id: string): Draft | undefined {
  try {
    const draft = JSON.parse(localStorage.getItem(KEY + id) ?? 'null') as Draft | null;
    return draft && typeof draft.text === 'string' && Array.isArray(draft.sent) ? draft : undefined;
  } catch {
    return undefined;
  }
}

function forget(id: string, text?: string): void {
  if (text === undefined || read(id)?.text === text) localStorage.removeItem(KEY + id);
}

/** Drafts that were never answered: of one day, or of all. */
export function drafts(day?: string): Draft[] {
  const found: Draft[] = [];
  for (let i = 0; i < localStorage.length; i++) {
    const key = localStorage.key(i)!;
    const draft = key.startsWith(KEY) ? read(key.slice(KEY.length)) : undefined;
    if (draft && draft.text.trim() && (!day || draft.day === day)) found.push(draft);
  }
  return found;
}

/** Send what was left of other days, as the window that wrote it would have. */
export async function sendLeft(post: Post, except: string): Promise<number> {
  let sent = 0;
  for (const draft of drafts().filter((one) => one.day !== except)) {
    try {
      const there = await post.entry(draft.id);
      const base = there && draft.sent.includes(there.text) ? there.mark : draft.base;
      if (there?.text !== draft.text) {
        const { text, day, time } = draft;
        await post.put(draft.id, { text, day, time, base, writer: draft.writer, turn: draft.turn + 1 }, false);
        sent += 1;
      }
      forget(draft.id, draft.text);
    } catch {
      return sent; // another time
    }
  }
  return sent;
}

/** Nothing of a draft stays in the browser: the diary is encrypted from now on. */
export function clearDrafts(): void {
  for (const key of Object.keys(localStorage)) if (key.startsWith(KEY)) localStorage.removeItem(key);
}
