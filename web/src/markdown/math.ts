// Formulas: $…$, $$…$$, \(…\) and \[…\] become placeholders, and KaTeX is fetched when the first of them is on the screen.
import type { TokenizerAndRendererExtension } from 'marked';
import { escapeHtml } from './html';

const INLINE = /^(?:\\\(([^\n]+?)\\\)|(?:\$\$([^$]+?)\$\$|\\\[([\s\S]+?)\\\])|\$(?!\s)([^$\n]+?)(?<![\s\\])\$(?![\d$]))/;
const BLOCK = /^ {0,3}(?:\$\$([^$]+?)\$\$|\\\[([\s\S]+?)\\\]) *(?:\n|$)/;

/** A user's sizes end here, in em: no answer paints the screen black. */
const MAX_SIZE_EM = 8;
const MAX_EXPANSIONS = 200;

/** Until it is set, and where it cannot be, a formula is the text that was written, with its dollars. */
function placeholder(raw: string, tex: string, isDisplay: boolean): string {
  return `<span class="math" data-tex="${escapeHtml(tex.trim())}" data-display="${isDisplay}">${escapeHtml(raw.trim())}</span>`;
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
    renderer: (token) => `<div>${placeholder(token.raw, token.tex, true)}</div>`,
  },
  {
    name: 'mathInline',
    level: 'inline',
    start: (source) => source.match(/\$|\\[([]/)?.index,
    tokenizer(source) {
      const match = INLINE.exec(source);
      if (!match) return undefined;
      const [raw, inParentheses, inDollars, inBrackets, inDollar] = match;
      const display = inDollars ?? inBrackets;
      return { type: 'mathInline', raw, tex: display ?? inParentheses ?? inDollar, isDisplay: display !== undefined };
    },
    renderer: (token) => placeholder(token.raw, token.tex, token.isDisplay),
  },
];

/** Formulas that are wider than their place are scrolled; by keyboard too, for which they have to take the focus. */
const observer = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const isScrolled = target.scrollWidth > target.clientWidth + 1;
    if (isScrolled === target.hasAttribute('tabindex')) continue;
    const values = { tabindex: '0', role: 'group', 'aria-label': 'Formula' };
    for (const [name, value] of Object.entries(values)) {
      if (isScrolled) target.setAttribute(name, value);
      else target.removeAttribute(name);
    }
  }
});

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
    const source = element.textContent;
    try {
      setter.render(element.dataset.tex, element, {
        displayMode: element.dataset.display === 'true', throwOnError: true, strict: false, trust: false,
        maxExpand: MAX_EXPANSIONS, maxSize: MAX_SIZE_EM, errorColor: 'var(--danger)',
      });
      element.dataset.done = 'yes';
      if (element.dataset.display === 'true') observer.observe(element);
    } catch {
      element.textContent = source;
      element.dataset.done = 'source';
    }
  }
}
