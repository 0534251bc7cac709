/** One talk as the page holds it: turns, each with one answer or several, and what is being written just now. */
import { Problem, get, lines, path } from '../../api/client';
import type { components } from '../../api/schema';

type Schemas = components['schemas'];
export type Token = Schemas['TalkToken'];
export type Choice = Schemas['Choice'];
export type Worked = Schemas['Worked'];
export type Done = Schemas['Done'];
export type How = Schemas['How'];
type Line = Schemas['Streamed'];
type Kept = Schemas['Talk'];

export interface Reply {
  key: string;
  /** Where it is kept; null: nowhere. */
  id: number | null;
  state: 'writing' | 'done' | 'stopped' | 'refused' | 'failed' | 'cut';
  /** It is written in this window. */
  here: boolean;
  model: string;
  checkpoint: string;
  how: How;
  tokens: Token[];
  waiting: number;
  done?: Done;
  refused?: { code: string; detail: Record<string, string> };
  failed?: Problem;
}

export interface Turn {
  number: number;
  /** The server has it under this number. */
  kept: boolean;
  question: string;
  replies: Reply[];
  /** Key of the reply that is shown. */
  shown: string;
}

export interface Wish {
  model: string;
  checkpoint: string;
  how: How;
  private: boolean;
}

let keys = 0;

export class Conversation {
  talk = $state('');
  turns = $state<Turn[]>([]);
  busy = $state(false);
  loading = $state(false);
  problem = $state<unknown>();
  private leave?: AbortController;

  /** Called when a talk gets its place on the disk. */
  constructor(private readonly begun: (talk: string) => void) {}

  get last(): Reply | undefined {
    const turn = this.turns.at(-1);
    return turn && shown(turn);
  }

  /** Show a kept talk; empty: a new one. */
  async open(talk: string): Promise<void> {
    if (talk === this.talk) return;
    this.stop();
    this.talk = talk;
    this.turns = [];
    this.problem = undefined;
    if (talk) await this.refresh();
  }

  /** Read it again, as another window may have changed it. */
  async refresh(): Promise<void> {
    const wanted = this.talk;
    if (!wanted || this.busy) return;
    this.loading = !this.turns.length;
    try {
      const kept = await get<Kept>(path`/api/talks/${wanted}`);
      if (this.talk !== wanted || this.busy) return;
      this.turns = taken(kept, this.turns);
    } catch (error) {
      if (this.talk === wanted && !this.turns.length) this.problem = error;
    } finally {
      this.loading = false;
    }
  }

  /** Told by the server how it stands there; read again where it stands otherwise here. */
  told(state: { answers: number; last: number; writing: number }): void {
    const here = this.turns.flatMap((turn) => turn.replies).filter((reply) => reply.id !== null);
    const waits = here.some((reply) => reply.state === 'writing' && !reply.here);
    const last = Math.max(0, ...here.map((reply) => reply.id!));
    if (here.length !== state.answers || last !== state.last || (waits && !state.writing)) this.refresh();
  }

  /** Begin anew, in this page. */
  clear(): void {
    this.stop();
    this.talk = '';
    this.turns = [];
    this.problem = undefined;
  }

  /** Ask something new. */
  send(question: string, wish: Wish): Promise<void> {
    const number = (this.turns.at(-1)?.number ?? -1) + 1;
    this.turns.push({ number, kept: false, question, replies: [], shown: '' });
    return this.write(this.turns.at(-1)!, wish, [], null, false);
  }

  /** The same question once more, in the place of an answer that came to nothing. */
  retry(turn: Turn, wish: Wish): Promise<void> {
    const reply = shown(turn);
    const nothing = reply && reply.state !== 'writing' && !reply.tokens.length ? reply : null;
    return this.write(turn, wish, [], nothing, nothing !== null);
  }

  /** Go on from another token than the one that was written. */
  choose(turn: Turn, reply: Reply, place: number, id: number, wish: Wish): Promise<void> {
    const before = reply.tokens.slice(0, place + 1).map((token, i) => (i < place ? token : instead(token, id)));
    return this.write(turn, same(reply, wish), before, reply, false);
  }

  /** Write on where it ended. */
  goOn(turn: Turn, reply: Reply, wish: Wish): Promise<void> {
    return this.write(turn, same(reply, wish), reply.tokens, reply, true);
  }

  stop(): void {
    this.leave?.abort();
  }

  private async write(turn: Turn, wish: Wish, before: Token[], base: Reply | null, extends_: boolean): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.problem = undefined;
    const leave = (this.leave = new AbortController());
    const key = `new-${keys++}`;
    turn.replies.push({
      key, id: null, state: 'writing', here: true, model: wish.model, checkpoint: wish.checkpoint, how: wish.how,
      tokens: [...before], waiting: 0,
    });
    const reply = turn.replies.at(-1)!;
    if (extends_ && base) turn.replies.splice(turn.replies.indexOf(base), 1);
    turn.shown = key;
    // tokens are shown a few at a time, however fast they come
    let fresh: Token[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const settle = () => {
      clearTimeout(timer);
      timer = undefined;
      reply.waiting = 0;
      reply.tokens.push(...fresh);
      fresh = [];
    };
    const arrive = (token: Token) => {
      fresh.push(token);
      timer ??= setTimeout(settle, reply.tokens.length > before.length ? 40 : 0);
    };
    try {
      const asked = {
        talk: wish.private ? null : this.talk || null,
        turn: turn.kept ? turn.number : null,
        model: wish.model,
        checkpoint: wish.checkpoint,
        question: turn.question,
        after: before.map((token) => token.id),
        base: base?.id ?? null,
        extends: extends_ && base?.id != null,
        how: wish.how,
      };
      for await (const line of lines<Line>('/api/talk', asked, leave.signal)) {
        if (line.kind === 'token') arrive(line);
        else {
          settle();
          this.take(turn, reply, line);
        }
      }
      if (reply.state === 'writing') reply.state = 'cut';
    } catch (error) {
      settle();
      if (leave.signal.aborted) reply.state = 'stopped';
      else if (reply.tokens.length > before.length) reply.state = 'cut';
      else {
        reply.state = 'failed';
        reply.failed = error instanceof Problem ? error : new Problem('offline');
      }
    } finally {
      reply.here = false;
      reply.waiting = 0;
      this.busy = false;
      if (this.leave === leave) this.leave = undefined;
    }
  }

  private take(turn: Turn, reply: Reply, line: Exclude<Line, Token>): void {
    if (line.kind === 'waiting') reply.waiting = line.before;
    else if (line.kind === 'begun') {
      reply.id = line.answer;
      reply.how = { ...reply.how, seed: line.seed };
      if (line.turn !== null) {
        turn.number = line.turn;
        turn.kept = true;
      }
      if (line.talk && line.talk !== this.talk) {
        this.talk = line.talk;
        this.begun(line.talk);
      }
    } else finish(reply, line);
  }
}

/** The reply of a turn that is looked at. */
export const shown = (turn: Turn): Reply | undefined =>
  turn.replies.find((reply) => reply.key === turn.shown) ?? turn.replies.at(-1);

/** What was written, as text. */
export const textOf = (reply: Reply): string => reply.tokens.map((token) => token.text).join('');

function finish(reply: Reply, line: Schemas['Done'] | Schemas['Refused'] | Schemas['Failed']): void {
  if (line.kind === 'done') {
    reply.state = line.why === 'stopped' ? 'stopped' : 'done';
    reply.done = line;
  } else if (line.kind === 'refused') {
    reply.state = 'refused';
    reply.refused = { code: line.code, detail: line.detail ?? {} };
  } else {
    reply.state = 'failed';
    reply.failed = new Problem(line.code, line.detail ?? {});
  }
}

/** A token's place with one of its alternatives. */
function instead(token: Token, id: number): Token {
  const rank = token.top.findIndex((choice) => choice.id === id);
  const choice = token.top[rank];
  return choice ? { ...token, ...choice, rank: rank + 1, own: true } : token;
}

/** Go on as it was begun: the same model at the same step, with the same random numbers. */
const same = (reply: Reply, wish: Wish): Wish => ({
  ...wish,
  model: reply.model,
  checkpoint: reply.checkpoint,
  how: { ...wish.how, seed: reply.how.seed ?? null },
});

/** Turns of a kept talk; who looks at a reply goes on looking at it. */
function taken(kept: Kept, before: Turn[]): Turn[] {
  const turns: Turn[] = [];
  for (const answer of kept.answers) {
    let turn = turns.at(-1);
    if (turn?.number !== answer.turn) turns.push((turn = { number: answer.turn, kept: true, question: answer.question, replies: [], shown: '' }));
    const old = before.flatMap((one) => one.replies).find((one) => one.id === answer.id);
    const reply: Reply = {
      key: old?.key ?? `kept-${answer.id}`,
      id: answer.id,
      state: answer.state as Reply['state'],
      here: false,
      model: answer.model,
      checkpoint: answer.checkpoint,
      how: answer.how,
      tokens: answer.tokens,
      waiting: 0,
    };
    if (answer.result) finish(reply, answer.result as never);
    if (answer.state === 'cut') reply.state = 'cut';
    turn.replies.push(reply);
  }
  for (const turn of turns) {
    const old = before.find((one) => one.number === turn.number);
    const newest = turn.replies.at(-1)!.key;
    turn.shown = old && old.replies.length >= turn.replies.length ? old.shown : newest;
  }
  return turns;
}
