// Reads a growing answer to screen readers sentence by sentence, not token by token.

const PAUSE_MS = 1500;

export class SentenceReader {
  private answer = '';
  private saidLength = 0;
  private saidAt = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private say: (text: string) => void) {}

  /** What comes within the pause is said when it is over, though nothing more may come then. */
  update(answer: string, text: string) {
    if (answer !== this.answer) [this.answer, this.saidLength, this.saidAt] = [answer, 0, 0];
    clearTimeout(this.timer);
    const pause = this.saidAt + PAUSE_MS - performance.now();
    if (this.saidAt > 0 && pause > 0) {
      this.timer = setTimeout(() => this.update(answer, text), pause);
      return;
    }
    const rest = text.slice(this.saidLength);
    const end = Math.max(rest.lastIndexOf('. '), rest.lastIndexOf('! '), rest.lastIndexOf('? '), rest.lastIndexOf('\n'));
    if (end < 0) return;
    this.saidLength += end + 1;
    this.saidAt = performance.now();
    const sentences = rest.slice(0, end + 1).replace(/[`*#_]/g, '').trim();
    if (sentences) this.say(sentences);
  }

  /** The answer is over, and said as a whole. */
  stop() {
    clearTimeout(this.timer);
  }
}
