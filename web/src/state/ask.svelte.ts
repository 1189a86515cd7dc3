// One dialog for all questions: yes or no, or a line of text.

export interface Question {
  title: string;
  text?: string;
  confirm: string;
  isDanger?: boolean;
  /** With a label there is a line to fill in. */
  label?: string;
  value?: string;
  /** The answer counts only if it is this word. */
  mustBe?: string;
}

class Asker {
  question = $state.raw<Question | null>(null);
  private resolve: (value: string | null) => void = () => {};

  private put(question: Question): Promise<string | null> {
    this.resolve(null);
    this.question = question;
    return new Promise((resolve) => (this.resolve = resolve));
  }

  confirm = async (question: Question) => (await this.put(question)) !== null;
  text = (question: Question) => this.put(question);

  answer(value: string | null) {
    this.question = null;
    this.resolve(value);
  }
}

export const asker = new Asker();
