// One open conversation: its tree, what is being answered, and everything that can be done to it.
import { ApiError, api } from '../api/client';
import type { AnswerEvent } from '../api/events';
import type { AnswerRequest, Conversation, Message, Part, Settings } from '../api/types';
import { app } from './app.svelte';
import { Comparing } from './comparing.svelte';
import { shuffled } from './comparisons';
import { grow } from './growth';
import { library } from './library.svelte';
import { storeRefusals, storedRefusals, type Refusal, type Refusals } from './refusals';
import { conversationPath, router } from './route.svelte';
import { withShown } from './shown';
import { Streams } from './streams.svelte';
import { indexChildren, newestLeaf, newestRootLeaf, pathTo, plainText, withAllBelow, type MessageMap } from './tree';

export interface Draft {
  system_prompt: string;
  model: string | null;
  settings: Settings;
  folder_id: string | null;
}

export interface LoadError {
  isOffline: boolean;
  isGone: boolean;
  text: string;
}

const storedDefaults = (): Partial<Draft> => {
  try {
    return JSON.parse(localStorage.getItem('vitrine.defaults') ?? '{}');
  } catch {
    return {};
  }
};

export class Thread {
  conversation = $state<Conversation | null>(null);
  messages = $state<MessageMap>({});
  leaf = $state<string | null>(null);
  /** What a conversation that is not stored yet will begin with. */
  draft = $state<Draft>({ system_prompt: '', model: null, settings: {}, folder_id: null, ...storedDefaults() });
  comparing = new Comparing(this);
  streams = new Streams({
    onEvent: (id, event) => this.apply(id, event),
    onFailure: (id, cause) => this.fail(id, cause),
    onEnd: () => this.keepCopy(),
  });
  isLoading = $state(false);
  private numRequests = $state(0);
  isCopy = $state(false);
  loadError = $state<LoadError | null>(null);
  /** How many answers each message gets; more than one are compared. Their models: null for that of the conversation. */
  numAnswers = $state(1);
  compareModels = $state<(string | null)[]>([null, null, null, null]);

  /** What was written last and did not reach the server: it still stands where it was written. */
  unsent = $state<'turn' | 'edit' | null>(null);
  /** Why the server would not answer a message. */
  refusals = $state<Refusals>(storedRefusals());

  private isClosed = false;
  private isStale = false;
  private unwatch = library.watch((changed) => this.takeOver(changed));

  children = $derived(indexChildren(this.messages));
  path = $derived(pathTo(this.messages, this.leaf));
  running = $derived(Object.values(this.messages).filter((message) => message.state === 'running'));
  isSending = $derived(this.numRequests > 0);
  isBusy = $derived(this.running.length > 0 || this.isSending);
  systemPrompt = $derived(this.conversation?.system_prompt ?? this.draft.system_prompt);
  modelId = $derived(this.conversation ? this.conversation.model : this.draft.model);
  settings = $derived(this.conversation?.settings ?? this.draft.settings);

  siblings(message: Message): Message[] {
    return this.children.get(message.parent_id) ?? [];
  }

  async load(id: string) {
    this.isLoading = true;
    this.loadError = null;
    const copy = library.copy(id);
    if (copy) this.show(copy.conversation, copy.messages);
    try {
      const fresh = await api.conversation(id);
      if (this.isClosed) return;
      const shown = Object.fromEntries((copy?.messages ?? []).map((message) => [message.id, message]));
      fresh.messages = fresh.messages.map((message) => withShown(message, shown[message.id]));
      library.keep(fresh);
      this.isCopy = false;
      this.show(fresh.conversation, fresh.messages);
      for (const message of fresh.messages) if (message.state === 'running') void this.streams.follow(message.id);
    } catch (cause) {
      if (this.isClosed) return;
      this.isCopy = copy !== undefined;
      const { isOffline, status, message } = cause as ApiError;
      if (!copy) this.loadError = { isOffline, isGone: status === 404, text: message };
      if (isOffline) app.onReturn(() => void (!this.isClosed && this.load(id)));
    } finally {
      this.isLoading = false;
    }
  }

  private show(conversation: Conversation, messages: Message[]) {
    this.conversation = structuredClone($state.snapshot(conversation)) as Conversation;
    this.messages = Object.fromEntries(messages.map((message) => [message.id, structuredClone($state.snapshot(message)) as Message]));
    const active = conversation.active_leaf;
    this.leaf = active && this.messages[active] ? active : newestRootLeaf(this.children);
    this.comparing.restore();
  }

  /** What the list of conversations got to know. */
  private takeOver({ id, title, folder_id, pinned, updated }: Conversation) {
    if (this.conversation?.id === id) Object.assign(this.conversation, { title, folder_id, pinned, updated });
  }

  /** Takes over what another tab or program changed. The branch that is shown stays, and goes on where it grew. */
  async reread() {
    const id = this.conversation?.id;
    if (!id) return;
    this.isStale = this.isSending;
    if (this.isStale) return;
    try {
      const fresh = await api.conversation(id);
      this.isStale = this.isSending;
      if (this.isClosed || this.isStale) return;
      fresh.messages = fresh.messages.map((message) => withShown(message, $state.snapshot(this.messages[message.id]) as Message | undefined));
      library.keep(fresh);
      this.merge(fresh.conversation, fresh.messages);
    } catch (cause) {
      if (!this.isClosed && cause instanceof ApiError && cause.status === 404) this.vanish();
    }
  }

  private merge(conversation: Conversation, messages: Message[]) {
    const { active_leaf: active } = conversation;
    Object.assign(this.conversation!, conversation);
    this.messages = Object.fromEntries(messages.map((message) =>
      [message.id, this.streams.has(message.id) ? this.messages[message.id] : structuredClone(message)]));
    if (!this.leaf || !this.messages[this.leaf]) this.leaf = active && this.messages[active] ? active : newestRootLeaf(this.children);
    else if (pathTo(this.messages, active).some((message) => message.id === this.leaf)) this.leaf = active;
    for (const message of messages) if (message.state === 'running') void this.streams.follow(message.id);
  }

  /** The conversation was deleted elsewhere. */
  private vanish() {
    this.streams.close();
    [this.conversation, this.messages, this.leaf] = [null, {}, null];
    this.comparing.forget();
    this.loadError = { isOffline: false, isGone: true, text: 'It was deleted.' };
  }

  /** Counts a request while it is on its way: nothing else is sent meanwhile. */
  private async whileBusy<T>(run: () => Promise<T>): Promise<T> {
    this.numRequests++;
    try {
      return await run();
    } finally {
      this.numRequests--;
      if (this.isStale && !this.isSending) void this.reread();
    }
  }

  close() {
    if (this.running.length) this.keepCopy();
    this.isClosed = true;
    this.unwatch();
    this.streams.close();
  }

  /** Makes the conversation exist at the server. */
  private async stored(): Promise<Conversation> {
    if (!this.conversation) {
      const { system_prompt, model, settings, folder_id } = $state.snapshot(this.draft) as Draft;
      this.conversation = await api.createConversation({ system_prompt, model, settings, folder_id });
      this.loadError = null;
      library.put(this.conversation);
      router.go(conversationPath(this.conversation.id), true);
    }
    return this.conversation;
  }

  private put(message: Message) {
    this.messages[message.id] = message;
  }

  /** Sends a user turn below `parent`, and asks for the answer. `onstored`: the server has it. Gives whether it went out. */
  async send(parts: Part[], parent: string | null = this.leaf, onstored = () => {}, isEdit = false): Promise<boolean> {
    if (this.isSending) return false;
    this.unsent = null;
    const compared = parent === this.leaf ? this.comparing.current : undefined;
    return this.whileBusy(async () => {
      try {
        const { id } = await this.stored();
        const message = await api.addMessage(id, { parent_id: compared ? this.comparing.best(compared) : parent, role: 'user', parts });
        if (compared) this.comparing.end(compared);
        this.put(message);
        this.leaf = message.id;
        onstored();
        void this.refresh(); // the first message gives the title
        await this.answer(message.id);
        return true;
      } catch (cause) {
        if (cause instanceof ApiError && cause.isOffline) this.unsent = isEdit ? 'edit' : 'turn';
        else app.report(cause);
        return false;
      }
    });
  }

  /** Asks for an answer to a user message that is stored; several in comparison mode. */
  answer(parent: string, extra: Partial<AnswerRequest> = {}) {
    return this.whileBusy(() => this.requestAnswers(parent, extra));
  }

  private async requestAnswers(parent: string, extra: Partial<AnswerRequest>) {
    const { id } = await this.stored();
    const body: AnswerRequest = { parent_id: parent, settings: $state.snapshot(this.settings), ...extra };
    if (this.modelId) body.model = this.modelId;
    if (this.numAnswers > 1 && !extra.regenerate_of) {
      body.count = this.numAnswers;
      const models = this.compareModels.slice(0, this.numAnswers).map((model) => model ?? this.modelId ?? app.status!.model);
      if (new Set(models).size > 1) {
        delete body.model;
        body.models = models;
      }
    }
    this.setRefusal(parent, null);
    try {
      const { messages } = await api.answer(id, body);
      messages.forEach((message) => this.put(message));
      if (messages.length > 1) this.comparing.begin(parent, shuffled(messages.map((message) => message.id)));
      this.leaf = messages[0].id;
      messages.forEach((message) => void this.streams.follow(message.id));
      void this.refresh();
    } catch (cause) {
      if (cause instanceof ApiError && !cause.isOffline && !extra.regenerate_of) this.setRefusal(parent, { reason: app.reason(cause), code: cause.code, model: body.model ?? null });
      else app.report(cause);
    }
  }

  private setRefusal(message: string, refusal: Refusal | null) {
    if (refusal) this.refusals[message] = refusal;
    else delete this.refusals[message];
    storeRefusals($state.snapshot(this.refusals));
  }

  async regenerate(message: Message) {
    if (message.parent_id) await this.answer(message.parent_id, { regenerate_of: message.id });
  }

  /** Puts another wording beside a user message (and answers it), or beside an answer. `onstored`: the server has it. */
  async edit(message: Message, text: string, kept: Part[] = [], onstored = () => {}): Promise<boolean> {
    const parts: Part[] = [...kept, ...(text ? [{ type: 'text' as const, text }] : [])];
    if (message.role === 'user') return this.send(parts, message.parent_id, onstored, true);
    return this.whileBusy(async () => {
      try {
        const edited = await api.addMessage(message.conversation_id, {
          parent_id: message.parent_id, role: 'assistant', edited_from: message.id,
          parts,
        });
        onstored();
        this.put(edited);
        this.leaf = edited.id;
        app.announce('The edited answer is kept beside the first one.');
        return true;
      } catch (cause) {
        app.report(cause);
        return false;
      }
    });
  }

  async stop() {
    for (const { id } of this.running) {
      try {
        this.put(await api.stop(id));
      } catch (cause) {
        app.report(cause);
      }
    }
    app.announce('Stopped.');
  }

  /** Shows another of the branches that begin at a message. */
  walk(message: Message, step: number) {
    const siblings = this.siblings(message);
    const target = siblings[siblings.findIndex((each) => each.id === message.id) + step];
    if (!target) return;
    this.leaf = newestLeaf(this.children, target.id);
    app.announce(`Branch ${siblings.indexOf(target) + 1} of ${siblings.length}`);
    if (this.conversation) void this.patch({ active_leaf: this.leaf });
    return target.id;
  }

  /** Shows the newest path that goes through a message. */
  showLeaf(id: string) {
    if (!this.messages[id]) return;
    if (!this.path.some((message) => message.id === id)) this.leaf = newestLeaf(this.children, id);
  }

  /** Ends the path at an answer, so that the next turn begins a branch there. */
  branchAt(message: Message) {
    this.leaf = message.id;
    void this.patch({ active_leaf: message.id });
    app.announce('The next message begins a branch here.');
  }

  /** Whether nothing would be left of the conversation without a message and what is below it. */
  isAll(message: Message): boolean {
    return withAllBelow(this.children, message.id).size === Object.keys(this.messages).length;
  }

  async deleteMessage(message: Message) {
    if (this.conversation && this.isAll(message)) {
      if (await library.delete(this.conversation.id)) router.go('/');
      return;
    }
    try {
      await api.deleteMessage(message.id);
      const gone = withAllBelow(this.children, message.id);
      this.messages = Object.fromEntries(Object.entries(this.messages).filter(([id]) => !gone.has(id)));
      const left = this.children.get(message.parent_id) ?? [];
      this.leaf = left.length ? newestLeaf(this.children, left[left.length - 1].id) : message.parent_id;
    } catch (cause) {
      app.report(cause);
    }
  }

  async patch(values: Partial<Conversation>) {
    if (!this.conversation) return;
    const changed = await library.patch(this.conversation.id, values);
    if (changed && this.conversation?.id === changed.id) Object.assign(this.conversation, changed);
  }

  /** Changes prompt, model or settings: of the stored conversation, or of the draft and of later new ones. */
  async configure(values: Partial<Draft>) {
    if (this.conversation) {
      Object.assign(this.conversation, values);
      await this.patch(values);
    } else {
      Object.assign(this.draft, values);
      const { system_prompt, model, settings } = $state.snapshot(this.draft);
      localStorage.setItem('vitrine.defaults', JSON.stringify({ system_prompt, model, settings }));
    }
  }

  private async refresh() {
    if (!this.conversation) return;
    try {
      const { conversation } = await api.conversation(this.conversation.id);
      if (this.isClosed) return;
      library.put(conversation);
    } catch {
      // The list is brought up to date with the next change.
    }
  }

  private fail(id: string, cause: Error) {
    app.report(cause);
    const message = this.messages[id];
    if (message?.state === 'running') Object.assign(message, { state: 'failed', error: cause.message });
  }

  private keepCopy() {
    if (this.isClosed || !this.conversation) return;
    library.keep({
      conversation: $state.snapshot(this.conversation) as Conversation,
      messages: $state.snapshot(Object.values(this.messages)) as Message[],
    });
  }

  private apply(id: string, event: AnswerEvent) {
    const message = this.messages[id];
    if (!message) return;
    grow(message, event);
    if (event.type !== 'done') return;
    this.messages[id] = withShown({ ...event.message, feedback: message.feedback }, $state.snapshot(message) as Message);
    if (event.message.state === 'done') app.announce(`Answer complete. ${plainText(event.message).slice(0, 400)}`);
    if (event.message.state === 'failed') app.announce('The answer failed.');
  }
}
