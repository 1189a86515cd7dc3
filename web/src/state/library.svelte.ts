// The list of conversations and folders, and a copy of recent conversations that is readable without the server.
import { api } from '../api/client';
import type { Conversation, Folder, Message } from '../api/types';
import { app } from './app.svelte';

const KEPT_COPIES = 60;

export interface Copy {
  conversation: Conversation;
  messages: Message[];
}

class Library {
  conversations = $state<Conversation[]>([]);
  folders = $state<Folder[]>([]);
  hasMore = $state(false);
  isLoaded = $state(false);
  private copies = new Map<string, Copy>();
  private watchers = new Set<(conversation: Conversation) => void>();

  async load() {
    try {
      await this.read();
    } catch (cause) {
      app.report(cause);
      app.onReturn(() => this.load());
    }
  }

  /** Takes over what another tab or program changed; without the server the list stays as it is. */
  async reread() {
    if (this.isLoaded) await this.read().catch(() => {});
  }

  /** Reads the newest conversations; those older than them that were listed stay. */
  private async read() {
    const [list, folders] = await Promise.all([api.conversations(), api.folders()]);
    const oldest = Math.min(...list.conversations.map((each) => each.updated));
    const older = list.has_more ? this.conversations.filter((each) => each.updated < oldest) : [];
    this.conversations = [...list.conversations, ...older];
    if (!older.length) this.hasMore = list.has_more;
    this.folders = folders.folders;
    this.isLoaded = true;
    const idle = window.requestIdleCallback ?? ((run: () => void) => setTimeout(run, 500));
    idle(() => void this.keepCopies());
  }

  /** `take` is called with each conversation that was changed here. Gives what ends that. */
  watch(take: (conversation: Conversation) => void): () => void {
    this.watchers.add(take);
    return () => this.watchers.delete(take);
  }

  async loadMore() {
    const last = this.conversations.reduce((oldest, each) => Math.min(oldest, each.updated), Infinity);
    try {
      const list = await api.conversations(last);
      const known = new Set(this.conversations.map((each) => each.id));
      this.conversations.push(...list.conversations.filter((each) => !known.has(each.id)));
      this.hasMore = list.has_more;
    } catch (cause) {
      app.report(cause);
    }
  }

  /** Reads the newest conversations one after another, so that they open when the network is gone. */
  private async keepCopies() {
    for (const { id, updated } of this.conversations.slice(0, KEPT_COPIES)) {
      if ((this.copies.get(id)?.conversation.updated ?? 0) >= updated) continue;
      try {
        this.keep(await api.conversation(id));
      } catch {
        return;
      }
    }
  }

  keep(copy: Copy) {
    this.copies.set(copy.conversation.id, copy);
  }

  copy(id: string): Copy | undefined {
    return this.copies.get(id);
  }

  /** Puts a new or changed conversation where it belongs: newest first. */
  put(conversation: Conversation) {
    const others = this.conversations.filter((each) => each.id !== conversation.id);
    this.conversations = [conversation, ...others].sort((a, b) => b.updated - a.updated);
    const copy = this.copies.get(conversation.id);
    if (copy) copy.conversation = conversation;
    this.watchers.forEach((take) => take(conversation));
  }

  async patch(id: string, values: Partial<Conversation>) {
    try {
      const changed = await api.patchConversation(id, values);
      this.put(changed);
      if ('folder_id' in values) this.folders = (await api.folders()).folders;
      return changed;
    } catch (cause) {
      app.report(cause);
      return null;
    }
  }

  async delete(id: string) {
    try {
      await api.deleteConversation(id);
      this.copies.delete(id);
      this.conversations = this.conversations.filter((each) => each.id !== id);
      return true;
    } catch (cause) {
      app.report(cause);
      return false;
    }
  }

  async createFolder(name: string) {
    try {
      const folder = await api.createFolder(name);
      this.folders.push(folder);
      return folder;
    } catch (cause) {
      app.report(cause);
      return null;
    }
  }

  async renameFolder(id: string, name: string) {
    try {
      const changed = await api.renameFolder(id, name);
      this.folders = this.folders.map((folder) => (folder.id === id ? { ...folder, ...changed } : folder));
    } catch (cause) {
      app.report(cause);
    }
  }

  async deleteFolder(id: string) {
    try {
      await api.deleteFolder(id);
      this.folders = this.folders.filter((folder) => folder.id !== id);
      this.conversations = this.conversations.map((each) => (each.folder_id === id ? { ...each, folder_id: null } : each));
    } catch (cause) {
      app.report(cause);
    }
  }

  /** After everything was deleted or brought in. */
  async reset() {
    this.copies.clear();
    await this.load();
  }
}

export const library = new Library();
