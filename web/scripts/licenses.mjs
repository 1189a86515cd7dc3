// A Vite plugin: the licences of what is bundled into the page go with it, as /licenses.txt.
import { readFileSync, readdirSync } from 'node:fs';

const PACKAGES = [
  'svelte', 'marked', 'dompurify', 'katex', 'highlight.js', '@fontsource-variable/instrument-sans', '@fontsource-variable/jetbrains-mono',
];

function licence(name) {
  const folder = new URL(`../node_modules/${name}/`, import.meta.url);
  const { version } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  return `${name} ${version}\n\n${readFileSync(new URL(file, folder), 'utf8').trim()}\n`;
}

export function licences() {
  return {
    name: 'licences',
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'licenses.txt', source: PACKAGES.map(licence).join(`\n${'-'.repeat(80)}\n\n`) });
    },
  };
}
