// Formulas: $…$, $$…$$, \(…\) and \[…\] become placeholders, and KaTeX is fetched when the first of them is on the screen.
import type { TokenizerAndRendererExtension } from 'marked';
import { escapeHtml } from './html';

const INLINE = /^(?:\\\(([^\n]+?)\\\)|\$\$([^$]+?)\$\$|\$(?!\s)([^$\n]+?)(?<![\s\\])\$(?![\d$]))/;
const BLOCK = /^ {0,3}(?:\$\$([^$]+?)\$\$|\\\[([\s\S]+?)\\\]) *(?:\n|$)/;

function placeholder(tex: string, isDisplay: boolean): string {
  const text = escapeHtml(tex.trim());
  return `<span class="math" data-tex="${text}" data-display="${isDisplay}">${text}</span>`;
}

export const mathExtensions: TokenizerAndRendererExtension[] = [
  {
    name: 'mathBlock',
    level: 'block',
    start: (source) => source.match(/^ {0,3}(?:\$\$|\\\[)/m)?.index,
    tokenizer(source) {
      const match = BLOCK.exec(source);
      return match ? { type: 'mathBlock', raw: match[0], tex: match[1] ?? match[2] } : undefined;
    },
    renderer: (token) => `<div>${placeholder(token.tex, true)}</div>`,
  },
  {
    name: 'mathInline',
    level: 'inline',
    start: (source) => source.match(/\$|\\\(/)?.index,
    tokenizer(source) {
      const match = INLINE.exec(source);
      if (!match) return undefined;
      return { type: 'mathInline', raw: match[0], tex: match[1] ?? match[2] ?? match[3], isDisplay: match[2] !== undefined };
    },
    renderer: (token) => placeholder(token.tex, token.isDisplay),
  },
];

type Katex = typeof import('katex').default;
let katex: Promise<Katex> | null = null;

function loadKatex(): Promise<Katex> {
  katex ??= Promise.all([import('katex'), import('katex/dist/katex.min.css')]).then(([module]) => module.default);
  return katex;
}

/** Sets the formulas below an element. KaTeX builds nodes and styles them by script, which a strict policy allows. */
export async function typeset(root: Element) {
  const waiting = root.querySelectorAll<HTMLElement>('.math:not([data-done])');
  if (!waiting.length) return;
  let setter: Katex;
  try {
    setter = await loadKatex();
  } catch {
    katex = null; // tried again with the next formula; until then the source is readable
    return;
  }
  for (const element of waiting) {
    if (element.dataset.done !== undefined || element.dataset.tex === undefined) continue;
    try {
      setter.render(element.dataset.tex, element, {
        displayMode: element.dataset.display === 'true', throwOnError: true, strict: false, trust: false, maxExpand: 200, maxSize: 40,
      });
      element.dataset.done = 'yes';
    } catch {
      element.textContent = element.dataset.tex;
      element.dataset.done = 'source';
    }
  }
}
