import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';
import { licences } from './scripts/licenses.mjs';

/** KaTeX names each font three times; every browser that runs this page reads woff2. */
function woff2Only(): Plugin {
  return {
    name: 'woff2-only',
    enforce: 'pre',
    transform(code, id) {
      if (!id.includes('katex') || !id.endsWith('.css')) return null;
      return code.replace(/,\s*url\([^)]*\.(?:woff|ttf)\)\s*format\(["'](?:woff|truetype)["']\)/g, '');
    },
  };
}

/** Where `vite` (for work on the page) sends what is not the page. */
const server = 'http://127.0.0.1:8080';
const proxied = { target: server, changeOrigin: true, headers: { origin: '' } };

export default defineConfig({
  plugins: [woff2Only(), svelte(), licences()],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 400,
    reportCompressedSize: false,
  },
  server: { proxy: { '/api': proxied, '/v1': proxied, '/health': proxied } },
});
