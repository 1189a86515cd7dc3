// Settings of kind list: one text, split at commas, in which \n, \t, \\ and \, stand for themselves.
// Items keep their escapes here: that is how people see and write them.

export function splitList(text: string): string[] {
  return (text.match(/(?:\\[\s\S]|[^,\\])+/g) ?? []).filter((item) => item !== '');
}

export const joinList = (items: string[]) => items.join(',');

/** What was typed as one item: a comma in it is no end, and a backslash that begins no escape stands for itself. */
export function escapedItem(typed: string): string {
  return typed.replace(/\\([nt\\,])|\\|,|\n|\t/g, (all, known) => {
    if (known !== undefined) return all;
    return { ',': '\\,', '\n': '\\n', '\t': '\\t' }[all] ?? '\\\\';
  });
}
