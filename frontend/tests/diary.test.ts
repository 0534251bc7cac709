import { beforeEach, describe, expect, it, vi } from 'vitest';

vi.stubGlobal('document', { documentElement: { lang: 'ja' } });
const store = new Map<string, string>();
vi.stubGlobal('localStorage', {
  getItem: (key: string) => store.get(key) ?? null,
  setItem: (key: string, value: string) => void store.set(key, value),
  removeItem: (key: string) => void store.delete(key),
  key: (i: number) => [...store.keys()][i] ?? null,
  get length() {
    return store.size;
  },
});
const { Writing, drafts, sendLeft } = await import('../src/pages/diary/keeping.svelte');
const { Problem } = await import('../src/api/client');
const days = await import('../src/pages/diary/days');
const { parts } = await import('../src/pages/diary/marked');
const { oneIn } = await import('../src/pages/diary/sureness');
const { placed } = await import('../src/pages/diary/layout');

/** A server that does what it is told; `how` says what becomes of the next requests. */
function server() {
  const entries = new Map<string, any>();
  const how: ('answer' | 'lose' | 'refuse')[] = [];
  const bodies: any[] = [];
  const told = (id: string, text: string) => ({ id, day: '2026-11-29', time: null, text, tags: [], star: false, mood: null, created: '', edited: null, trashed: null, mark: `mark of ${text}` });
  return {
    entries, how, bodies,
    post: {
      put: async (id: string, body: any) => {
        bodies.push(body);
        const fate = how.shift() ?? 'answer';
        if (fate === 'refuse') throw new Problem('offline');
        const there = entries.get(id);
        let kept = { entry: told(id, body.text), beside: undefined as any };
        if (there && there.text !== body.text && there.mark !== body.base) kept = { entry: told(`${id}-2`, body.text), beside: there };
        entries.set(kept.entry.id, kept.entry);
        if (fate === 'lose') throw new Problem('offline');
        return kept as any;
      },
      entry: async (id: string) => entries.get(id),
    },
    told,
  };
}

beforeEach(() => {
  store.clear();
  vi.useFakeTimers();
});
const rest = () => vi.advanceTimersByTimeAsync(10_000);

describe('a draft', () => {
  it('is in the browser with each letter, and gone from it when the server has it', async () => {
    const there = server();
    const writing = new Writing(there.post, { id: 'a', day: '2026-11-29' }, false);
    writing.write('雨');
    expect(drafts('2026-11-29').map((draft) => draft.text)).toEqual(['雨']);
    expect(writing.state).toBe('unsaved');
    await rest();
    expect(writing.state).toBe('saved');
    expect(drafts()).toEqual([]);
    expect(there.entries.get('a').text).toBe('雨');
  });
  it('waits while the server is dead, and is whole afterwards though an answer was lost', async () => {
    const there = server();
    const writing = new Writing(there.post, { id: 'a', day: '2026-11-29' }, false);
    there.how.push('lose', 'refuse', 'refuse');
    writing.write('雨の');
    await vi.advanceTimersByTimeAsync(450);
    expect(writing.state).toBe('waiting');
    writing.write('雨の朝');
    await rest();
    await rest();
    expect(writing.state).toBe('saved');
    expect([...there.entries.values()].map((entry) => entry.text)).toEqual(['雨の朝']);
    expect(writing.beside).toBeUndefined();
  });
  it('of another window is never overwritten', async () => {
    const there = server();
    there.entries.set('a', there.told('a', '池'));
    const writing = new Writing(there.post, { entry: there.told('a', '雨') as any, day: '2026-11-29' }, false);
    writing.write('雨の朝');
    await rest();
    expect([...there.entries.values()].map((entry) => entry.text)).toEqual(['池', '雨の朝']);
    expect(writing.beside?.text).toBe('池');
    writing.write('雨の朝。');
    await rest();
    expect(there.entries.get('a-2').text).toBe('雨の朝。');
    expect(drafts()).toEqual([]);
  });
  it('goes on after a reload', async () => {
    const there = server();
    const first = new Writing(there.post, { id: 'a', day: '2026-11-29' }, false);
    first.write('雨の');
    first['timer'] && clearTimeout(first['timer']); // the page is gone
    const second = new Writing(there.post, { id: 'a', day: '2026-11-29' }, false);
    expect(second.text).toBe('雨の');
    await rest();
    expect(there.entries.get('a').text).toBe('雨の');
  });
  it('of an encrypted diary is nowhere but in memory', async () => {
    const there = server();
    const writing = new Writing(there.post, { id: 'a', day: '2026-11-29' }, true);
    writing.write('秘密');
    expect(store.size).toBe(0);
    await rest();
    expect(there.entries.get('a').text).toBe('秘密');
    expect(store.size).toBe(0);
  });
  it('is not sent while a word is composed', async () => {
    const there = server();
    const writing = new Writing(there.post, { id: 'a', day: '2026-11-29' }, false);
    writing.composing = true;
    writing.write('あめ');
    await rest();
    expect(there.bodies).toEqual([]);
    expect(drafts().map((draft) => draft.text)).toEqual(['あめ']);
    writing.composing = false;
    writing.write('雨');
    await rest();
    expect(there.entries.get('a').text).toBe('雨');
  });
  it('of another day is sent by the next page that is opened', async () => {
    const there = server();
    new Writing(there.post, { id: 'a', day: '2026-11-01' }, false).write('雨');
    vi.clearAllTimers();
    expect(await sendLeft(there.post, '2026-11-29')).toBe(1);
    expect(there.entries.get('a').text).toBe('雨');
    expect(drafts()).toEqual([]);
  });
});

describe('days', () => {
  it('are written in kanji as on a page', () => {
    expect([1, 10, 11, 20, 29, 31].map(days.kanji)).toEqual(['一', '十', '十一', '二十', '二十九', '三十一']);
  });
  it('make a month of whole weeks', () => {
    const found = days.grid('2026-02');
    expect([found.length % 7, found[0], found.at(-1)]).toEqual([0, '2026-01-26', '2026-03-01']);
    expect(days.later('2024-02-28', 1)).toBe('2024-02-29');
    expect(days.laterMonth('2026-01', -1)).toBe('2025-12');
    expect([days.isDay('2026-02-29'), days.isDay('2024-02-29'), days.isDay('x')]).toEqual([false, true, false]);
  });
  it('hang together over small pauses', () => {
    const months = days.byMonth(['2025-01-03', '2025-03-01', '2025-09-01'], '2025-01-01', '2025-10-31');
    expect(months.map((one) => one.days)).toEqual([1, 0, 1, 0, 0, 0, 0, 0, 1, 0]);
    expect(days.spans(months)).toEqual([['2025-01', '2025-03'], ['2025-09', '2025-09']]);
  });
});

describe('words', () => {
  it('are marked by letters, not by halves of them', () => {
    expect(parts('𠮷の池🌱と星', [[2, 3], [5, 6]])).toEqual([
      { text: '𠮷の', marked: false }, { text: '池', marked: true }, { text: '🌱と', marked: false }, { text: '星', marked: true },
    ]);
  });
  it('say no more of chance than their q does', () => {
    expect([0.01, 0.0099, 0.001, 0.00005, 1e-15].map(oneIn)).toEqual([100, 100, 1000, 10_000, 10_000]);
  });
  it('stand in a net at the same places each time, within its room', () => {
    const net = { nodes: ['池', '雨', '星', '森'].map((word, i) => ({ word, days: 3, steps: Math.min(i, 2) })), edges: [{ one: '池', other: '雨', strength: 9, days: 3 }, { one: '雨', other: '星', strength: 4, days: 3 }] };
    const one = placed(net, 500, 300), two = placed(net, 500, 300);
    expect(one.map((node) => [node.x, node.y])).toEqual(two.map((node) => [node.x, node.y]));
    expect(one.every((node) => node.x >= 0 && node.x <= 500 && node.y >= 0 && node.y <= 300)).toBe(true);
  });
});
