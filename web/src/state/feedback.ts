// What is said about one answer.
import { api } from '../api/client';
import type { Message } from '../api/types';
import { app } from './app.svelte';

/** Stores a thumb, or takes it back (0). Gives whether that worked. */
export async function giveThumb(message: Message, value: 1 | -1 | 0, reasons: string[] = [], note = '') {
  const before = message.feedback;
  message.feedback = { ...before, thumb: value || null, reasons, note };
  try {
    await api.giveFeedback({ kind: 'thumb', message_id: message.id, value, reasons, note });
    return true;
  } catch (cause) {
    message.feedback = before;
    app.report(cause);
    return false;
  }
}

export async function flag(message: Message, note: string) {
  try {
    await api.giveFeedback({ kind: 'flag', message_id: message.id, reasons: [], note });
    message.feedback = { ...message.feedback, flagged: true };
    app.notify('Reported. You find it under Collected.');
  } catch (cause) {
    app.report(cause);
  }
}
