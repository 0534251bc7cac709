import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

/** Every browser that the pages support reads woff2: the other copies of the fonts of formulas are left out. */
const onlyWoff2 = {
  name: 'only-woff2',
  enforce: 'pre' as const,
  transform: (code: string, id: string) =>
    id.includes('katex.min.css')
      ? code.replace(/,\s*url\([^)]*\.(?:woff|ttf)\)\s*format\(["'][^"']+["']\)/g, '')
      : undefined,
};

export default defineConfig({
  plugins: [onlyWoff2, svelte()],
  build: {
    outDir: '../src/mebuki/studio/static',
    emptyOutDir: true,
    chunkSizeWarningLimit: 1000,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    license: { fileName: 'licenses.md' },
  },
  server: { proxy: { '/api': { target: 'http://127.0.0.1:8642', changeOrigin: true } } },
});
