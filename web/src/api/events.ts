// The events of one answer, over a connection that may break: goes on after the last event that arrived.
import { ApiError, request } from './client';
import type { Message } from './types';

export type AnswerEvent =
  | { type: 'start'; message_id: string; model: string; seed: number }
  | { type: 'queued'; position: number }
  | { type: 'prompt'; prompt_tokens: number; cached_tokens: number; dropped_turns: number }
  | { type: 'reasoning'; text: string }
  | { type: 'text'; text: string }
  | { type: 'tool_call'; id: string; name: string; arguments: string }
  | { type: 'tool_result'; call_id: string; name: string; text: string }
  | { type: 'error'; error: { message: string } }
  | { type: 'done'; message: Message };

const RETRY_MS = [300, 600, 1200, 2500, 5000];
/** Keep-alives come every ten seconds; longer silence means that the connection is dead. */
const SILENCE_MS = 30_000;

export interface Listener {
  onEvents(events: AnswerEvent[]): void;
  onConnection(isConnected: boolean): void;
}

/** Parses "id: …\nevent: …\ndata: …" blocks; keeps what is not complete yet. */
export class EventParser {
  private rest = '';
  lastId = 0;

  push(chunk: string): AnswerEvent[] {
    const blocks = (this.rest + chunk.replace(/\r\n?/g, '\n')).split('\n\n');
    this.rest = blocks.pop()!;
    return blocks.flatMap((block) => this.parse(block));
  }

  /** Drops half a block that a broken connection left. */
  restart() {
    this.rest = '';
  }

  private parse(block: string): AnswerEvent[] {
    let type = '';
    let number = 0;
    const data: string[] = [];
    for (const line of block.split('\n')) {
      const colon = line.indexOf(':');
      if (colon < 1) continue;
      const value = line.slice(colon + 1).replace(/^ /, '');
      if (line.startsWith('event:')) type = value;
      else if (line.startsWith('id:')) number = Number(value);
      else if (line.startsWith('data:')) data.push(value);
    }
    if (!data.length || (number && number <= this.lastId)) return [];
    if (number) this.lastId = number;
    return [{ type, ...JSON.parse(data.join('\n')) } as AnswerEvent];
  }
}

const pause = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    const early = () => (clearTimeout(timer), resolve());
    signal.addEventListener('abort', early, { once: true });
    window.addEventListener('online', early, { once: true });
  });

/** Follows an answer to its `done` event. Returns without one only if the signal is aborted or the answer is gone. */
export async function followAnswer(message: string, listener: Listener, signal: AbortSignal): Promise<void> {
  let failures = 0;
  const parser = new EventParser();
  while (!signal.aborted) {
    const attempt = new AbortController();
    const abort = () => attempt.abort();
    signal.addEventListener('abort', abort, { once: true });
    try {
      const ended = await readOnce(message, parser, listener, attempt, () => (failures = 0));
      if (ended) return;
    } catch (cause) {
      if (signal.aborted) return;
      if (cause instanceof ApiError && !cause.isOffline && cause.status !== 429 && cause.status < 500) throw cause;
    } finally {
      signal.removeEventListener('abort', abort);
    }
    listener.onConnection(false);
    await pause(RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)], signal);
  }
}

async function readOnce(
  message: string, parser: EventParser, listener: Listener, attempt: AbortController, onProgress: () => void,
): Promise<boolean> {
  let silence = setTimeout(() => attempt.abort(), SILENCE_MS);
  let reader: ReadableStreamDefaultReader<string> | undefined;
  try {
    const response = await request(`/api/answers/${encodeURIComponent(message)}/events?after=${parser.lastId}`, {
      signal: attempt.signal,
      headers: { Accept: 'text/event-stream' },
    });
    parser.restart();
    listener.onConnection(true);
    reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return false;
      clearTimeout(silence);
      silence = setTimeout(() => attempt.abort(), SILENCE_MS);
      const events = parser.push(value);
      if (events.length) {
        onProgress();
        listener.onEvents(events);
      }
      if (events.some((event) => event.type === 'done')) return true;
    }
  } finally {
    clearTimeout(silence);
    reader?.cancel().catch(() => {});
  }
}
