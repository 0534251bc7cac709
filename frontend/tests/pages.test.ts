import { describe, expect, it, vi } from 'vitest';

vi.stubGlobal('document', { documentElement: { lang: 'en' } });
const { find } = await import('../src/pages');

const load = async () => ({ default: (() => {}) as never });
const pages = [
  { at: '/', stem: 'home' as const, load },
  { at: '/train/:id', stem: 'grow' as const, load },
];

describe('find', () => {
  it('names the parts of an address', () => {
    expect(find('/train/%E9%9B%A8', pages)?.parts).toEqual({ id: '雨' });
    expect(find('/train/a%2Fb/', pages)?.parts).toEqual({ id: 'a/b' });
  });
  it('knows the first page with and without a slash, and nothing else', () => {
    expect(find('/', pages)?.page.stem).toBe('home');
    expect(find('', pages)?.page.stem).toBe('home');
    expect(find('/train', pages)).toBeUndefined();
    expect(find('/train/', pages)).toBeUndefined();
    expect(find('/train/x/y', pages)).toBeUndefined();
  });
  it('bears a broken address', () => {
    expect(find('/train/%E9%', pages)?.parts).toEqual({ id: '%E9%' });
  });
});
