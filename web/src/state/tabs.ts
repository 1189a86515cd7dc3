// Tabs of one browser show the same store: what one of them changes, the others read again. So does a tab that is come back to.

const SOON_MS = 120;
const AT_MOST_EVERY_MS = 2000;

class Tabs {
  private channel = new BroadcastChannel('vitrine');
  private watchers = new Set<() => void>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readAt = 0;
  private isStale = false;

  constructor() {
    this.channel.onmessage = () => {
      if (document.hidden) this.isStale = true;
      else this.readSoon();
    };
    const comeBack = () => {
      if (document.hidden) return;
      this.readSoon(this.isStale ? SOON_MS : Math.max(SOON_MS, this.readAt + AT_MOST_EVERY_MS - performance.now()));
    };
    document.addEventListener('visibilitychange', comeBack);
    window.addEventListener('focus', comeBack);
  }

  /** Tells the other tabs that this one changed something at the server. */
  tell() {
    this.channel.postMessage('changed');
  }

  /** `read` is called when something may have changed. Gives what ends that. */
  watch(read: () => void): () => void {
    this.watchers.add(read);
    return () => this.watchers.delete(read);
  }

  private readSoon(ms = SOON_MS) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.isStale = false;
      this.readAt = performance.now();
      this.watchers.forEach((read) => read());
    }, ms);
  }
}

export const tabs = new Tabs();
