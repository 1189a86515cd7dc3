// What is being said about answers side by side. A choice is stored at once, and again where reasons are added: the last word counts.
import { app } from './app.svelte';
import type { Comparison, Verdict, Words } from './comparisons';

const SAVE_AFTER_MS = 600;

/** Keeps words in the tab until the server has them, and sends them there. */
export interface Keeper {
  keep(comparison: Comparison, words: Words): void;
  store(comparison: Comparison, words: Words): Promise<void>;
}

export class Judgement {
  verdict = $state<Verdict | null>(null);
  reasons = $state<string[]>([]);
  note = $state('');
  status = $state<'nothing' | 'storing' | 'stored' | 'failed'>('nothing');
  problem = $state('');
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isDirty = false;
  private sending: Promise<void> = Promise.resolve();

  constructor(private comparison: Comparison, private keeper: Keeper) {
    const { words } = comparison;
    if (!words || words.verdict === null) return;
    [this.verdict, this.reasons, this.note, this.status] = [words.verdict, [...words.reasons], words.note, 'stored'];
    this.isDirty = !words.isStored;
    void this.flush();
  }

  judge(verdict: Verdict) {
    this.verdict = verdict;
    this.isDirty = true;
    void this.flush();
  }

  /** Reasons or the note were changed: they are stored when nothing more is written for a moment. */
  change() {
    if (this.verdict === null) return;
    this.isDirty = true;
    this.keep(false);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.flush(), SAVE_AFTER_MS);
  }

  /** Stores what is not stored yet. Gives whether the server has everything. */
  async flush(): Promise<boolean> {
    clearTimeout(this.timer);
    if (this.isDirty) {
      this.isDirty = false;
      const words = this.keep(false);
      this.status = 'storing';
      this.sending = this.sending.then(() => this.send(words)); // in the order in which they were said
    }
    await this.sending;
    return this.status === 'stored';
  }

  private async send(words: Words) {
    try {
      await this.keeper.store(this.comparison, words);
      if (this.isDirty) return;
      this.keep(true);
      [this.status, this.problem] = ['stored', ''];
    } catch (cause) {
      this.isDirty = true;
      [this.status, this.problem] = ['failed', app.reason(cause)];
      app.onReturn(() => void this.flush());
    }
  }

  private keep(isStored: boolean): Words {
    const words = { verdict: $state.snapshot(this.verdict) as Verdict, reasons: $state.snapshot(this.reasons), note: this.note.trim(), isStored };
    this.keeper.keep(this.comparison, words);
    return words;
  }
}
