// An answer grows by the events of its stream.
import type { AnswerEvent } from '../api/events';
import type { Message } from '../api/types';

function append(message: Message, type: 'text' | 'reasoning', text: string) {
  const last = message.parts[message.parts.length - 1];
  if (last?.type === type) last.text += text;
  else message.parts.push({ type, text });
}

/** Puts an event into the message. What concerns the stream and not the answer (`queued`, `done`) is the caller's. */
export function grow(message: Message, event: AnswerEvent) {
  switch (event.type) {
    case 'start':
      Object.assign(message, { parts: [], model: event.model, seed: event.seed });
      break;
    case 'prompt':
      message.dropped_turns = event.dropped_turns;
      break;
    case 'text':
    case 'reasoning':
      append(message, event.type, event.text);
      break;
    case 'tool_call':
      message.parts.push({ type: 'tool_call', id: event.id, name: event.name, arguments: event.arguments });
      break;
    case 'tool_result':
      message.parts.push({ type: 'tool_result', call_id: event.call_id, name: event.name, text: event.text });
      break;
    case 'error':
      message.error = event.error.message;
      break;
  }
}
