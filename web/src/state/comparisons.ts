// Answers to one message that are looked at side by side, in the order shown, until the conversation goes on with one of them.
import type { Choice } from '../api/types';

/** Of two answers one is chosen; of more the ids are put into an order, best first. */
export type Verdict = Choice | string[];

/** What was said about answers so far. */
export interface Words {
  verdict: Verdict | null;
  reasons: string[];
  note: string;
  /** The server has all of it. */
  isStored: boolean;
}

export interface Comparison {
  parent: string;
  shown: string[];
  isOver: boolean;
  words: Words | null;
}
export type Comparisons = Record<string, Comparison>;

const STORED = 'vitrine.comparisons.';

/** Comparisons that are not over outlive a reload of the page, with what was said about them. */
export function storedComparisons(conversation: string, isThere: (message: string) => boolean): Comparisons {
  const stored = JSON.parse(sessionStorage.getItem(STORED + conversation) ?? '{}') as Comparisons;
  return Object.fromEntries(Object.entries(stored).filter(([, each]) => each.shown.every(isThere)));
}

export function storeComparisons(conversation: string, all: Comparisons) {
  const open = Object.entries(all).filter(([, each]) => !each.isOver);
  if (open.length) sessionStorage.setItem(STORED + conversation, JSON.stringify(Object.fromEntries(open)));
  else sessionStorage.removeItem(STORED + conversation);
}

/** The same, in an order that says nothing about who wrote what. */
export function shuffled<T>(items: T[]): T[] {
  const out = [...items];
  for (let last = out.length - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1));
    [out[last], out[other]] = [out[other], out[last]];
  }
  return out;
}

/** A, B, C, D: the names of the answers while they are judged. */
export const letter = (index: number) => String.fromCharCode(65 + index);

/** What places in an order are called. */
export const PLACES = ['Best', 'Second', 'Third', 'Fourth'];

/** Which answer goes on: the best, or the first shown. */
export const winner = (shown: string[], verdict: Verdict | null) => (Array.isArray(verdict) ? verdict[0] : shown[verdict === 1 ? 1 : 0]);
