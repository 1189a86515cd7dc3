// What the server says and hears, field by field as its API has it.

export type SettingValue = number | boolean | string | null; // lists: one text, see state/lists.ts
export type Settings = Record<string, SettingValue>;

export interface SettingField {
  name: string;
  kind: 'number' | 'integer' | 'boolean' | 'text' | 'list';
  default: SettingValue;
  min: number | null;
  max: number | null;
  choices: string[] | null;
  help: string;
}

export interface SettingGroup {
  name: string;
  help: string;
  fields: SettingField[];
}

export interface Status {
  version: string;
  model: string;
  context_length: number;
  needs_key: boolean;
  tools: { name: string; description: string }[];
  limits: { max_body_bytes: number; max_attachment_bytes: number };
}

export interface Model {
  id: string;
  bytes: number;
  loaded: boolean;
  default: boolean;
  context_length: number | null;
  parameters: number | null;
  has_reasoning: boolean | null;
  has_tools: boolean | null;
  has_template: boolean | null;
}

export interface Conversation {
  id: string;
  title: string;
  folder_id: string | null;
  system_prompt: string;
  model: string | null;
  settings: Settings;
  active_leaf: string | null;
  pinned: boolean;
  created: number;
  updated: number;
}

export type Part =
  | { type: 'text'; text: string }
  | { type: 'reasoning'; text: string }
  | { type: 'attachment'; name: string; text: string }
  | { type: 'tool_call'; id: string; name: string; arguments: string }
  | { type: 'tool_result'; call_id: string; name: string; text: string };

export interface Usage {
  prompt_tokens: number;
  cached_tokens: number;
  completion_tokens: number;
  reasoning_tokens: number;
}

export interface MessageFeedback {
  thumb: 1 | -1 | null;
  reasons: string[];
  note: string;
  flagged: boolean;
}

export interface Message {
  id: string;
  conversation_id: string;
  parent_id: string | null;
  role: 'user' | 'assistant';
  parts: Part[];
  state: 'running' | 'done' | 'stopped' | 'failed';
  stop_reason: 'stop' | 'length' | 'context' | 'interrupted' | null;
  error: string | null;
  model: string | null;
  settings: Settings;
  seed: number | null;
  dropped_turns: number;
  usage: Usage | null;
  milliseconds: number | null;
  first_token_milliseconds: number | null;
  edited_from: string | null;
  created: number;
  feedback: MessageFeedback;
  /** Of the page alone: more was shown than the server had stored when it was ended. */
  is_beyond_store?: boolean;
}

export interface Folder {
  id: string;
  name: string;
  position: number;
  count: number;
}

export interface SearchHit {
  conversation_id: string;
  title: string;
  message_id: string | null;
  role: string | null;
  created: number;
  snippet: { text: string; match: boolean }[];
}

export type Choice = 0 | 1 | 'tie' | 'both_bad';

export type FeedbackEvent =
  | { kind: 'thumb'; message_id: string; value: 1 | -1 | 0; reasons: string[]; note: string }
  | { kind: 'choice'; message_ids: string[]; choice: Choice; reasons: string[]; note: string }
  | { kind: 'ranking'; message_ids: string[]; ranking: string[]; reasons: string[]; note: string }
  | { kind: 'flag'; message_id: string; reasons: string[]; note: string };

export interface StoredEvent {
  id: number;
  kind: string;
  created: number;
  conversation_id: string | null;
  title: string | null;
  message_ids: string[];
  value?: number | null;
  choice?: Choice | null;
  ranking?: string[] | null;
  reasons: string[];
  note: string;
  excerpts: string[];
}

export interface FeedbackStats {
  events: number;
  thumbs_up: number;
  thumbs_down: number;
  choices: { first: number; second: number; tie: number; both_bad: number };
  rankings: number;
  edits: number;
  regenerates: number;
  flags: number;
  reasons: { reason: string; count: number }[];
  by_model: { model: string; thumbs_up: number; thumbs_down: number; wins: number; losses: number; ties: number }[];
  by_day: { day: string; count: number }[];
}

export interface AnswerRequest {
  parent_id: string;
  model?: string | null;
  settings?: Settings;
  count?: number;
  models?: string[];
  settings_list?: Settings[];
  regenerate_of?: string;
}
