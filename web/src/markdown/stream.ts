// Markdown that grows: blocks that are finished are rendered once, and only the end of the text is looked at again.
import { escapeHtml } from './html';
import { mend } from './mend';
import { marked } from './render';

/** How many blocks at the end may still change. */
const LOOSE_BLOCKS = 2;

export class MarkdownStream {
  private finished: string[] = [];
  private finishedText = '';

  /** Gives the HTML of each block; not cleaned yet. */
  update(text: string, isWhole: boolean): string[] {
    text = text.replace(/\r\n?/g, '\n');
    if (isWhole) {
      this.reset();
      return this.render(text).map(([, html]) => html);
    }
    if (!text.startsWith(this.finishedText)) this.reset();
    const rest = text.slice(this.finishedText.length);
    const blocks = this.render(mend(rest));
    for (const [raw, html] of blocks.slice(0, Math.max(0, blocks.length - LOOSE_BLOCKS))) {
      this.finished.push(html);
      this.finishedText += raw;
    }
    return [...this.finished, ...blocks.slice(-LOOSE_BLOCKS).map(([, html]) => html)];
  }

  private reset() {
    this.finished = [];
    this.finishedText = '';
  }

  /** Pairs of source and HTML. Text that the parser cannot take (nested thousands deep) is shown as it is. */
  private render(text: string): [string, string][] {
    try {
      return this.parse(text);
    } catch {
      return [[text, `<pre tabindex="0" role="group" aria-label="Text"><code>${escapeHtml(text)}</code></pre>`]];
    }
  }

  /** Blank lines belong to the block before them. */
  private parse(text: string): [string, string][] {
    const blocks: [string, string][] = [];
    let lead = '';
    for (const token of marked.lexer(text)) {
      if (token.type === 'space' || token.type === 'def') {
        if (blocks.length) blocks[blocks.length - 1][0] += token.raw;
        else lead += token.raw;
        continue;
      }
      blocks.push([lead + token.raw, marked.parser([token])]);
      lead = '';
    }
    return blocks;
  }
}
