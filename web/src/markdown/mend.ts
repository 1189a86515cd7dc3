// Closes what is still open at the end of a text that is being written, so that it does not jump when the rest arrives.

const FENCE = /^ {0,3}(`{3,}|~{3,})/;
/** A last line that may still become a list item, a heading, a rule, a fence or a table. */
const UNDECIDED_LINE = /(^|\n) {0,12}(?:[-=]+|[*+]{1,3}|\d+[.)]?|#{1,6}|>|`{1,2}|~{1,2}|\|[\s|:-]*)[ \t]*$/;
/** Fences and code spans that are closed. */
const CODE = /(?<=^|\n) {0,3}(`{3,}|~{3,})[^\n]*\n[\s\S]*?\n {0,3}\1|`[^`\n]+`/g;
const OPEN_LINK = /!?\[([^\]\n]*)\]\([^)\n]*$/;
const OPEN_MATH = /(\$\$|\\\[|\\\()(?![\s\S]*(?:\$\$|\\\]|\\\)))[\s\S]*$/;

function isInsideFence(text: string): boolean {
  let open: string | null = null;
  for (const line of text.split('\n')) {
    const mark = FENCE.exec(line)?.[1];
    if (!mark) continue;
    if (!open) open = mark;
    else if (mark[0] === open[0] && mark.length >= open.length && line.trim() === mark) open = null;
  }
  return open !== null;
}

const count = (text: string, mark: RegExp) => (text.match(mark) ?? []).length;

/** Appends `mark` where an odd number of them stands there; drops one that nothing follows yet. */
function close(text: string, mark: string, pattern: RegExp): string {
  if (count(text, pattern) % 2 === 0) return text;
  return text.endsWith(mark) ? text.slice(0, -mark.length) : text.trimEnd() + mark;
}

/** Gives the part of a growing text that can be shown now. */
export function mend(text: string): string {
  if (isInsideFence(text)) return text.replace(/\n {0,3}[`~]{1,2}$/, '');
  text = text.replace(UNDECIDED_LINE, '$1');
  const words = text.replace(CODE, (code) => ' '.repeat(code.length)); // no formula begins in code
  const openDollars = count(words, /\$\$/g) % 2 === 1;
  const openMath = openDollars ? words.lastIndexOf('$$') : (OPEN_MATH.exec(words)?.index ?? -1);
  if (openMath >= 0) text = text.slice(0, openMath);
  const from = text.lastIndexOf('\n\n') + 1;
  let tail = text.slice(from);
  if (count(tail, /`/g) % 2 === 1) return text.slice(0, from) + close(tail, '`', /`/g);
  tail = tail.replace(OPEN_LINK, '$1');
  const bare = tail.replace(/`[^`]*`/g, '');
  if (count(bare, /\*\*/g) % 2 === 1) tail = close(tail, '**', /\*\*/g);
  else if (count(bare.replace(/\*\*/g, '').replace(/(^|\n)\s*\* /g, ''), /\*/g) % 2 === 1 && /\*\S[^*]*$/.test(tail)) tail += '*';
  if (count(bare, /~~/g) % 2 === 1) tail = close(tail, '~~', /~~/g);
  return text.slice(0, from) + tail;
}
