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

export type Children = Map<string | null, Message[]>;

/** The children of each message (null: the roots), oldest first. */
export function indexChildren(messages: MessageMap): Children {
  const children: Children = new Map();
  for (const message of Object.values(messages)) {
    const siblings = children.get(message.parent_id);
    if (siblings) siblings.push(message);
    else children.set(message.parent_id, [message]);
  }
  for (const siblings of children.values()) siblings.sort((a, b) => a.created - b.created || (a.id < b.id ? -1 : 1));
  return children;
}

/** A message and all that was written below it, on every branch. */
export function withAllBelow(children: Children, id: string): Set<string> {
  const found = new Set([id]);
  for (const each of found) children.get(each)?.forEach((child) => found.add(child.id)); // a set grows while it is walked
  return found;
}

/** Goes down from a message along the newest child each time. */
export function newestLeaf(children: Children, from: string): string {
  const seen = new Set<string>();
  for (let id = from; ; ) {
    seen.add(id);
    const newest = children.get(id)?.at(-1);
    if (!newest || seen.has(newest.id)) return id;
    id = newest.id;
  }
}

export function newestRootLeaf(children: Children): string | null {
  const newest = children.get(null)?.at(-1);
  return newest ? newestLeaf(children, newest.id) : null;
}

/** A message's own words, without reasoning and tool traffic. */
export function plainText(message: { parts: Part[] }): string {
  return message.parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n\n').trim();
}
