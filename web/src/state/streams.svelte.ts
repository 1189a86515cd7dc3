// The streams of answers that are being written.
import { followAnswer, type AnswerEvent } from '../api/events';

export interface StreamListener {
  onEvent(id: string, event: AnswerEvent): void;
  onFailure(id: string, cause: Error): void;
  /** The stream is over, however it ended. */
  onEnd(id: string): void;
}

export class Streams {
  /** How many others are before an answer that waits. */
  queuedAt = $state<Record<string, number>>({});
  broken = $state<Record<string, boolean>>({});
  private followed = new Map<string, AbortController>();

  constructor(private listener: StreamListener) {}

  has(id: string): boolean {
    return this.followed.has(id);
  }

  async follow(id: string) {
    if (this.has(id)) return;
    const controller = new AbortController();
    this.followed.set(id, controller);
    try {
      await followAnswer(id, {
        onEvents: (events) => events.forEach((event) => this.take(id, event)),
        onConnection: (isConnected) => (this.broken[id] = !isConnected),
      }, controller.signal);
    } catch (cause) {
      this.listener.onFailure(id, cause as Error);
    } finally {
      this.followed.delete(id);
      delete this.broken[id];
    }
    this.listener.onEnd(id);
  }

  private take(id: string, event: AnswerEvent) {
    if (event.type === 'queued') {
      this.queuedAt[id] = event.position;
      return;
    }
    delete this.queuedAt[id];
    this.listener.onEvent(id, event);
  }

  close() {
    this.followed.forEach((controller) => controller.abort());
  }
}
