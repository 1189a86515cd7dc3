// The comparisons of one conversation: which are open, what was said about them, and which answer goes on.
import { api } from '../api/client';
import { app } from './app.svelte';
import { letter, storeComparisons, storedComparisons, winner, type Comparison, type Comparisons, type Words } from './comparisons';
import type { Keeper } from './judgement.svelte';
import type { Thread } from './thread.svelte';

export class Comparing implements Keeper {
  private all = $state<Comparisons>({});

  constructor(private thread: Thread) {}

  restore() {
    this.all = storedComparisons(this.thread.conversation!.id, (message) => message in this.thread.messages);
  }

  forget() {
    this.all = {};
  }

  begin(parent: string, shown: string[]) {
    this.set({ parent, shown, isOver: false, words: null });
  }

  /** The comparison below a message, while the conversation has not gone on without it. */
  below(parent: string): Comparison | undefined {
    const comparison = this.all[parent];
    if (!comparison || comparison.isOver) return undefined;
    const { path } = this.thread;
    const at = path.findIndex((message) => message.id === parent);
    return at < 0 || at >= path.length - 2 ? comparison : undefined;
  }

  get current(): Comparison | undefined {
    return this.thread.path.map(({ id }) => this.below(id)).find((each) => each);
  }

  best({ shown, words }: Comparison): string {
    return winner(shown, words?.verdict ?? null);
  }

  private set(comparison: Comparison) {
    this.all[comparison.parent] = comparison;
    if (this.thread.conversation) storeComparisons(this.thread.conversation.id, $state.snapshot(this.all));
  }

  keep(comparison: Comparison, words: Words) {
    if (this.all[comparison.parent]?.isOver === false) this.set({ ...comparison, words });
  }

  /** Stores what was said; the best answer goes on. Throws what the request throws. */
  async store({ shown }: Comparison, { verdict, reasons, note }: Words) {
    const event = { message_ids: shown, reasons, note };
    if (Array.isArray(verdict)) await api.giveFeedback({ kind: 'ranking', ranking: verdict, ...event });
    else if (verdict !== null) await api.giveFeedback({ kind: 'choice', choice: verdict, ...event });
    const best = winner(shown, verdict);
    if (this.thread.leaf === best || !shown.includes(this.thread.leaf ?? '')) return;
    this.thread.leaf = best;
    void this.thread.patch({ active_leaf: best });
  }

  /** The conversation goes on: now it may be said who wrote what. */
  end(comparison: Comparison) {
    const { parent, shown, words } = this.all[comparison.parent] ?? comparison;
    this.set({ parent, shown, words, isOver: true });
    if (!words || words.verdict === null) return app.notify('The answers were not judged: answer A goes on.');
    const names = shown.map((id) => this.thread.messages[id]?.model ?? 'unknown');
    const who = names.map((name, index) => `${letter(index)} was ${name}`).join(', ');
    const thanks = Array.isArray(words.verdict) ? 'The ranking is stored.' : 'Your choice is stored.';
    app.notify(new Set(names).size > 1 ? `Stored. ${who}.` : thanks);
  }

  /** Lets answers be without judging them. */
  dismiss({ parent, shown }: Comparison) {
    this.set({ parent, shown, words: null, isOver: true });
  }
}
