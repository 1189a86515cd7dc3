// Reads a growing answer to screen readers sentence by sentence, not token by token.

const PAUSE_MS = 1500;

export class SentenceReader {
  private answer = '';
  private saidLength = 0;
  private saidAt = 0;

  constructor(private say: (text: string) => void) {}

  update(answer: string, text: string) {
    if (answer !== this.answer) [this.answer, this.saidLength, this.saidAt] = [answer, 0, 0];
    if (performance.now() - this.saidAt < PAUSE_MS) return;
    const rest = text.slice(this.saidLength);
    const end = Math.max(rest.lastIndexOf('. '), rest.lastIndexOf('! '), rest.lastIndexOf('? '), rest.lastIndexOf('\n'));
    if (end < 0) return;
    this.saidLength += end + 1;
    this.saidAt = performance.now();
    const sentences = rest.slice(0, end + 1).replace(/[`*#_]/g, '').trim();
    if (sentences) this.say(sentences);
  }
}
