// What was shown is never taken away: a server that was killed has stored less of an answer than it had sent.
import type { Message, Part } from '../api/types';

function isBeginning(stored: Part, shown: Part | undefined, isLast: boolean): boolean {
  if (shown?.type !== stored.type) return false;
  if (stored.type !== 'text' && stored.type !== 'reasoning') return JSON.stringify(stored) === JSON.stringify(shown);
  const text = 'text' in shown ? shown.text : '';
  return isLast ? text.startsWith(stored.text.trimEnd()) : text === stored.text;
}

const length = (parts: Part[]) => JSON.stringify(parts).length;

/** The message that the server has stored; with the words that were shown where it was cut off and begins as they do. */
export function withShown(stored: Message, shown: Message | undefined): Message {
  const isCutOff = stored.state === 'failed' || stored.stop_reason === 'interrupted';
  if (!shown || !isCutOff || length(shown.parts) <= length(stored.parts)) return stored;
  const begins = stored.parts.every((part, index) => isBeginning(part, shown.parts[index], index === stored.parts.length - 1));
  return begins ? { ...stored, parts: shown.parts, is_beyond_store: true } : stored;
}
