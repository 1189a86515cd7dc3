// Colours for code. The highlighter and its languages are one file, fetched when the first code block is on the screen.
import type { HLJSApi } from 'highlight.js';

const MAX_LENGTH = 60_000;

class Highlighter {
  engine = $state.raw<HLJSApi | null>(null);
  private isAsked = false;

  ask() {
    if (this.isAsked) return;
    this.isAsked = true;
    import('./languages').then(
      (module) => (this.engine = module.default),
      () => (this.isAsked = false),
    );
  }
}

export const highlighter = new Highlighter();

/** Gives code as HTML with classes, or null where it is to be shown as it is. */
export function highlighted(code: string, language: string): string | null {
  if (!language || code.length > MAX_LENGTH) return null;
  highlighter.ask();
  const engine = highlighter.engine;
  return engine?.getLanguage(language) ? engine.highlight(code, { language, ignoreIllegals: true }).value : null;
}
