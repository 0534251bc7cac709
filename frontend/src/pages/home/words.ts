import { dictionary } from '../../lib/locale.svelte';

export const t = dictionary({
  en: { title: 'Today', first: 'Make your words a seed.' },
  ja: { title: '今日', first: 'あなたのことばを、たねにする。' },
});
