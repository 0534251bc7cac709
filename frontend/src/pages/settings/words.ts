import { dictionary } from '../../lib/locale.svelte';

export const t = dictionary({
  en: { title: 'Settings', language: 'Language', theme: 'Paper', auto: 'as the system', light: 'light', dark: 'dark' },
  ja: { title: '設定', language: 'ことば', theme: '紙の色', auto: '端末にあわせる', light: '明るい', dark: '暗い' },
});
