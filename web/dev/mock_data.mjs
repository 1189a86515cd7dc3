// What the mock keeps: conversations, messages, folders and judgements, in memory.
import { feedbackStats, sampleData } from './sample_data.mjs';

export class HttpError extends Error {
  constructor(status, message, code = null) {
    super(message);
    Object.assign(this, { status, code });
  }
}

export function fail(status, message, code) {
  throw new HttpError(status, message, code);
}

const found = (map, id, what) => map.get(id) ?? fail(404, `There is no ${what} '${id}'.`, 'not_found');
export const plain = (message) => message.parts.filter((part) => part.type === 'text').map((part) => part.text).join('\n');

function snippet(text, at, length) {
  const from = Math.max(0, at - 40);
  return [
    { text: text.slice(from, at), match: false }, { text: text.slice(at, at + length), match: true },
    { text: text.slice(at + length, at + 120), match: false },
  ];
}

export class MockData {
  #count = 1000;

  constructor(isEmpty) {
    const begin = isEmpty ? { conversations: new Map(), messages: new Map(), folders: [], events: [] } : sampleData();
    Object.assign(this, begin);
  }

  newId(prefix) {
    return `${prefix}_${this.nextNumber().toString(36)}`;
  }
  nextNumber() {
    return ++this.#count;
  }
  conversation(id) {
    return found(this.conversations, id, 'conversation');
  }
  message(id) {
    return found(this.messages, id, 'message');
  }
  tree(id) {
    return [...this.messages.values()].filter((message) => message.conversation_id === id).sort((a, b) => a.created - b.created);
  }
  newest() {
    return [...this.conversations.values()].sort((a, b) => b.updated - a.updated);
  }
  listFolders() {
    return this.folders.map((folder) => ({ ...folder, count: this.newest().filter((each) => each.folder_id === folder.id).length }));
  }

  addConversation(values) {
    const now = Date.now();
    const made = {
      id: this.newId('c'), title: '', folder_id: null, system_prompt: '', model: null, settings: {}, active_leaf: null, pinned: false,
      created: now, updated: now, ...values,
    };
    this.conversations.set(made.id, made);
    return made;
  }

  addMessage(values) {
    const message = {
      id: this.newId('m'), parent_id: null, state: 'done', stop_reason: null, error: null, model: null, settings: {}, seed: null,
      dropped_turns: 0, usage: null, milliseconds: null, first_token_milliseconds: null, edited_from: null, created: Date.now(),
      feedback: { thumb: null, reasons: [], note: '', flagged: false }, ...values,
    };
    const conversation = this.conversation(message.conversation_id);
    this.messages.set(message.id, message);
    Object.assign(conversation, { active_leaf: message.id, updated: Date.now() });
    return message;
  }

  /** A turn that the page wrote, or an answer that it edited. */
  addTurn(conversation, body) {
    const message = this.addMessage({ ...body, conversation_id: conversation.id });
    if (!conversation.title) conversation.title = plain(message).slice(0, 60);
    if (body.edited_from) {
      this.addEvent(conversation, { kind: 'edit', message_ids: [body.edited_from, message.id],
        excerpts: [plain(this.message(body.edited_from)), plain(message)] });
    }
    return message;
  }

  deleteMessage(id) {
    const gone = [id];
    for (const each of gone) for (const message of this.messages.values()) if (message.parent_id === each) gone.push(message.id);
    gone.forEach((each) => this.messages.delete(each));
  }
  deleteConversation(id) {
    this.conversations.delete(id);
    this.tree(id).forEach((each) => this.messages.delete(each.id));
  }
  deleteEverything() {
    this.conversations.clear();
    this.messages.clear();
    this.events = [];
  }
  deleteFolder(id) {
    this.folders = this.folders.filter((each) => each.id !== id);
    for (const each of this.conversations.values()) if (each.folder_id === id) each.folder_id = null;
  }

  addEvent(conversation, event) {
    this.events.unshift({ id: this.nextNumber(), created: Date.now(), conversation_id: conversation.id, title: conversation.title,
      reasons: [], note: '', excerpts: [], ...event });
    return this.events[0].id;
  }

  addFeedback(body) {
    const ids = body.message_ids ?? [body.message_id];
    const targets = ids.map((id) => this.message(id));
    const sorted = (list) => [...list].sort().join();
    if (body.kind === 'ranking' && sorted(ids) !== sorted(body.ranking)) fail(400, "'ranking' has to name each of 'message_ids' once", 'invalid_value');
    if (body.kind === 'thumb') targets[0].feedback = { ...targets[0].feedback, thumb: body.value || null, reasons: body.reasons, note: body.note };
    if (body.kind === 'flag') targets[0].feedback.flagged = true;
    const excerpts = targets.map((message) => plain(message).slice(0, 200));
    return this.addEvent(this.conversation(targets[0].conversation_id), { ...body, message_ids: ids, excerpts });
  }
  stats() {
    return feedbackStats(this.events, this.messages);
  }

  search(text) {
    const hits = [];
    for (const conversation of this.conversations.values()) {
      const base = { conversation_id: conversation.id, title: conversation.title, created: conversation.updated };
      const add = (words, rest) => {
        const at = words.toLowerCase().indexOf(text.toLowerCase());
        if (at >= 0) hits.push({ ...base, ...rest, snippet: snippet(words, at, text.length) });
      };
      add(conversation.title, { message_id: null, role: null });
      for (const message of this.tree(conversation.id)) add(plain(message), { message_id: message.id, role: message.role });
    }
    return { hits: hits.slice(0, 30) };
  }

  export() {
    return { conversations: this.newest(), messages: [...this.messages.values()] };
  }
  import(body) {
    const list = body.conversations ?? [body.conversation];
    for (const each of list) this.conversations.set(each.id, each);
    for (const each of body.messages) this.messages.set(each.id, each);
    return { conversations: list.length, messages: body.messages.length, events: 0, skipped: 0 };
  }
}
