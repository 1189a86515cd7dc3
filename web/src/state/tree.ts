// Pure functions over the tree of messages of one conversation.
import type { Message, Part } from '../api/types';

export type MessageMap = Record<string, Message>;

/** The messages from the root to a leaf. */
export function pathTo(messages: MessageMap, leaf: string | null): Message[] {
  const path: Message[] = [];
  const seen = new Set<string>();
  for (let id = leaf; id && messages[id] && !seen.has(id); id = messages[id].parent_id) {
    seen.add(id);
    path.unshift(messages[id]);
  }
  return path;
}

/** The children of a message (null: the roots), oldest first. */
export function childrenOf(messages: MessageMap, parent: string | null): Message[] {
  return Object.values(messages)
    .filter((message) => message.parent_id === parent)
    .sort((a, b) => a.created - b.created || (a.id < b.id ? -1 : 1));
}

/** Goes down from a message along the newest child each time. */
export function newestLeaf(messages: MessageMap, from: string): string {
  for (let id = from; ; ) {
    const children = childrenOf(messages, id);
    if (!children.length) return id;
    id = children[children.length - 1].id;
  }
}

export function newestRootLeaf(messages: MessageMap): string | null {
  const roots = childrenOf(messages, null);
  return roots.length ? newestLeaf(messages, roots[roots.length - 1].id) : null;
}

/** A message's own words, without reasoning and tool traffic. */
export function plainText(message: { parts: Part[] }): string {
  return message.parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n\n').trim();
}
