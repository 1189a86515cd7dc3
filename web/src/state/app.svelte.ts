// What the whole page knows: the server, its models and settings, the connection, the theme, and short notices.
import { ApiError, api, connectShell, forgetKey, storeKey } from '../api/client';
import type { Model, SettingField, SettingGroup, Status } from '../api/types';
import { tabs } from './tabs';

export type Theme = 'system' | 'light' | 'dark';

export interface Notice {
  id: number;
  text: string;
  tone: 'plain' | 'error';
  action?: { label: string; run: () => void };
}

const NOTICE_MS = 6000;
const PROBE_MS = 2500;

class App {
  status = $state<Status | null>(null);
  models = $state<Model[]>([]);
  groups = $state<SettingGroup[]>([]);
  isReached = $state(true);
  startError = $state<string | null>(null);
  notices = $state<Notice[]>([]);
  theme = $state<Theme>((localStorage.getItem('vitrine.theme') as Theme | null) ?? 'system');
  sendsWithEnter = $state(localStorage.getItem('vitrine.enter') !== 'no');
  keyRequest = $state<{ wasWrong: boolean } | null>(null);
  announcement = $state('');
  isSidebarOpen = $state(window.matchMedia('(min-width: 64rem)').matches && localStorage.getItem('vitrine.sidebar') !== 'no');
  isPanelOpen = $state(false);
  isWide = $state(window.matchMedia('(min-width: 64rem)').matches);
  isVeryWide = $state(window.matchMedia('(min-width: 80rem)').matches);

  private noticeCount = 0;
  private keyGiven: (() => void)[] = [];
  private afterReturn: (() => void)[] = [];
  private prefersDark = window.matchMedia('(prefers-color-scheme: dark)');

  constructor() {
    connectShell({
      askForKey: (wasWrong) => new Promise((resolve) => {
        this.keyGiven.push(resolve);
        this.keyRequest ??= { wasWrong };
      }),
      onReach: (reached) => this.setReached(reached),
      onWrite: () => tabs.tell(),
    });
    this.prefersDark.addEventListener('change', () => this.applyTheme());
    this.applyTheme();
    window.matchMedia('(min-width: 64rem)').addEventListener('change', (event) => {
      this.isWide = event.matches;
      this.isSidebarOpen = event.matches;
    });
    window.matchMedia('(min-width: 80rem)').addEventListener('change', (event) => (this.isVeryWide = event.matches));
  }

  get fields(): SettingField[] {
    return this.groups.flatMap((group) => group.fields);
  }

  async start() {
    this.startError = null;
    try {
      const [status, models, settings] = await Promise.all([api.status(), api.models(), api.settings()]);
      this.status = status;
      this.models = models.models;
      this.groups = settings.groups;
    } catch (cause) {
      this.startError = (cause as Error).message;
      if (cause instanceof ApiError && cause.isOffline) this.onReturn(() => this.start());
    }
  }

  /** Models have defaults of their own. One that is gone leaves those that are shown. */
  async describeSettings(model: string | null) {
    try {
      this.groups = (await api.settings(model)).groups;
    } catch (cause) {
      if (!(cause instanceof ApiError)) throw cause;
    }
  }

  giveKey(key: string) {
    storeKey(key);
    this.keyRequest = null;
    this.keyGiven.splice(0).forEach((resolve) => resolve());
  }

  forgetKey() {
    forgetKey();
    location.reload();
  }

  /** Runs once the server can be reached again. */
  onReturn(run: () => void) {
    this.afterReturn.push(run);
  }

  private setReached(reached: boolean) {
    if (reached === this.isReached) return;
    this.isReached = reached;
    if (reached) this.afterReturn.splice(0).forEach((run) => run());
    else this.probe();
  }

  /** Asks for the server's health until it answers. */
  async probe() {
    if (this.isReached) return;
    try {
      await fetch('/health', { cache: 'no-store', credentials: 'omit', signal: AbortSignal.timeout(2 * PROBE_MS) });
      this.setReached(true);
    } catch {
      setTimeout(() => this.probe(), PROBE_MS);
    }
  }

  setTheme(theme: Theme) {
    this.theme = theme;
    localStorage.setItem('vitrine.theme', theme);
    this.applyTheme();
  }

  setSendsWithEnter(value: boolean) {
    this.sendsWithEnter = value;
    localStorage.setItem('vitrine.enter', value ? 'yes' : 'no');
  }

  private applyTheme() {
    const isDark = this.theme === 'dark' || (this.theme === 'system' && this.prefersDark.matches);
    document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
  }

  toggleSidebar(open = !this.isSidebarOpen) {
    this.isSidebarOpen = open;
    if (this.isWide) localStorage.setItem('vitrine.sidebar', open ? 'yes' : 'no');
  }

  notify(text: string, options: Partial<Pick<Notice, 'tone' | 'action'>> = {}) {
    const notice: Notice = { id: ++this.noticeCount, text, tone: 'plain', ...options };
    this.notices.push(notice);
    setTimeout(() => this.dismiss(notice.id), options.action || options.tone === 'error' ? 2 * NOTICE_MS : NOTICE_MS);
  }

  dismiss(id: number) {
    this.notices = this.notices.filter((notice) => notice.id !== id);
  }

  /** Shows what went wrong; a lost connection has a bar of its own. */
  report(cause: unknown) {
    if (cause instanceof ApiError && cause.isOffline) return;
    this.notify(this.reason(cause), { tone: 'error' });
  }

  /** What went wrong, and when to try again. */
  reason(cause: unknown): string {
    const wait = cause instanceof ApiError && cause.retryAfterS ? ` Try again in ${cause.retryAfterS} s.` : '';
    return (cause instanceof Error ? cause.message : String(cause)) + wait;
  }

  /** Says something to screen readers. */
  announce(text: string) {
    this.announcement = text;
  }

  model(id: string | null | undefined): Model | undefined {
    return this.models.find((model) => model.id === (id ?? this.status?.model));
  }
}

export const app = new App();
