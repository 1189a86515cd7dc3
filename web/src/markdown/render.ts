// Markdown to clean HTML. HTML that the model writes is shown as text; DOMPurify is the second wall behind that.
import DOMPurify from 'dompurify';
import { Marked, type Tokens } from 'marked';
import { highlighted } from './highlight.svelte';
import { escapeHtml } from './html';
import { mathExtensions } from './math';

const isSafeLink = (href: string) => /^(https?:|mailto:)/i.test(href.trim());

function link(href: string, label: string, title?: string | null): string {
  if (!isSafeLink(href)) return label;
  const hint = title ? ` title="${escapeHtml(title)}"` : '';
  return `<a href="${escapeHtml(href)}" target="_blank" rel="noopener noreferrer"${hint}>${label}</a>`;
}

function codeBlock({ text, lang }: Tokens.Code): string {
  const name = (lang ?? '').trim().split(/\s+/)[0].toLowerCase();
  const label = escapeHtml(name || 'text');
  return (
    `<figure class="code"><figcaption><span>${label}</span><button type="button" class="copy">Copy</button></figcaption>` +
    `<pre tabindex="0" role="group" aria-label="Code, ${label}"><code>${highlighted(text, name) ?? escapeHtml(text)}\n</code></pre></figure>`
  );
}

export const marked = new Marked({ gfm: true, breaks: true });
marked.use({
  extensions: mathExtensions,
  renderer: {
    html: ({ text }) => escapeHtml(text),
    code: codeBlock,
    link({ href, title, tokens }) {
      return link(href, this.parser.parseInline(tokens), title);
    },
    checkbox: ({ checked }) => `<input type="checkbox" disabled${checked ? ' checked' : ''} aria-label="${checked ? 'Done' : 'To do'}">`,
    // No picture is fetched from elsewhere: a picture is a link with its description.
    image: ({ href, title, text }) => link(href, escapeHtml(text || href), title),
    table(token) {
      const row = (cells: Tokens.TableCell[]) => `<tr>${cells.map((cell) => this.tablecell(cell)).join('')}</tr>`;
      return (
        `<div class="table" tabindex="0" role="group" aria-label="Table"><table><thead>${row(token.header)}</thead>` +
        `<tbody>${token.rows.map(row).join('')}</tbody></table></div>`
      );
    },
  },
});

const ALLOWED_TAGS = [
  'a', 'blockquote', 'br', 'button', 'code', 'del', 'div', 'em', 'figcaption', 'figure', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'hr',
  'input', 'li', 'ol', 'p', 'pre', 'span', 'strong', 'table', 'tbody', 'td', 'th', 'thead', 'tr', 'ul',
];
const ALLOWED_ATTR = [
  'align', 'aria-label', 'checked', 'class', 'data-display', 'data-tex', 'disabled', 'href', 'rel', 'role', 'start', 'tabindex',
  'target', 'title', 'type',
];

/** What is written from the side that its own script wants; what is inside goes along. Code and formulas are no prose. */
const PROSE = ':is(h1, h2, h3, h4, h5, h6, ul, ol, blockquote, th, td), p:not(li p, blockquote p)';
const NO_PROSE = 'pre, code, figure.code, .math';

const LETTER = /(\p{Script=Hebrew}|\p{Script=Arabic}|\p{Script=Syriac}|\p{Script=Thaana}|\p{Script=Nko})|\p{L}/u;

/** A table's columns begin at the side of the script in which most of its cells begin. */
function tableDirection(table: HTMLElement): 'rtl' | 'ltr' {
  let balance = 0;
  for (const cell of table.querySelectorAll('th, td')) {
    const letter = LETTER.exec(cell.textContent ?? '');
    if (letter) balance += letter[1] ? 1 : -1;
  }
  return balance > 0 ? 'rtl' : 'ltr';
}

/** Turns rendered HTML into nodes that hold nothing but what the lists above allow. */
export function cleanNodes(html: string): DocumentFragment {
  const nodes = DOMPurify.sanitize(html, {
    ALLOWED_TAGS, ALLOWED_ATTR, ALLOW_DATA_ATTR: false, ALLOW_ARIA_ATTR: false, RETURN_DOM_FRAGMENT: true,
  });
  nodes.querySelectorAll<HTMLElement>(PROSE).forEach((element) => (element.dir = 'auto'));
  nodes.querySelectorAll<HTMLElement>('table').forEach((table) => (table.dir = tableDirection(table)));
  nodes.querySelectorAll<HTMLElement>(NO_PROSE).forEach((element) => (element.dir = 'ltr'));
  return nodes;
}
