// Requests to the server that the page came from. Every failure becomes an ApiError whose message can be shown.
import type {
  AnswerRequest, Conversation, FeedbackEvent, FeedbackStats, Folder, Message, Model, Part, SearchHit, SettingGroup, Status,
  StoredEvent,
} from './types';

const KEY_NAME = 'vitrine.key';
/** A question that waits longer than this for an answer counts as lost. Orders may take long: models are loaded by them. */
const PATIENCE_MS = 20_000;

export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number, // 0: the server was not reached
    readonly code: string | null = null,
    readonly retryAfterS: number | null = null,
  ) {
    super(message);
  }
  get isOffline() {
    return this.status === 0;
  }
}

/** Asks for the key when the server wants one; set by the shell. Resolves when a key was given. */
let askForKey: (wasWrong: boolean) => Promise<void> = () => Promise.reject(new ApiError('The server wants a key.', 401));
let onReach: (reached: boolean) => void = () => {};
let onWrite: () => void = () => {};

interface Shell {
  askForKey: (wasWrong: boolean) => Promise<void>;
  onReach: (reached: boolean) => void;
  /** Something was changed at the server. */
  onWrite: () => void;
}
export function connectShell(shell: Shell) {
  ({ askForKey, onReach, onWrite } = shell);
}

export const storedKey = () => localStorage.getItem(KEY_NAME);
export const storeKey = (key: string) => localStorage.setItem(KEY_NAME, key);
export const forgetKey = () => localStorage.removeItem(KEY_NAME);

/** Messages of the server begin with a small letter. */
export const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? '' : '.');

async function toError(response: Response): Promise<ApiError> {
  const body = await response.json().catch(() => null);
  const error = body?.error;
  const retry = Number(response.headers.get('retry-after'));
  return new ApiError(
    typeof error?.message === 'string' && error.message ? sentence(error.message) : `The server answered with status ${response.status}.`,
    response.status, error?.code ?? null, Number.isFinite(retry) && retry > 0 ? retry : null,
  );
}

/** Asked again so often where the server is busy; it is waited at most so long. */
const MAX_PUT_OFF = 6;
const MAX_WAIT_S = 10;

const isQuestion = ({ method = 'GET', headers }: RequestInit) => method === 'GET' && new Headers(headers).get('accept') !== 'text/event-stream';
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * A response with a 2xx status; asks for the key and tries again where it is missing or wrong. Questions that a busy server
 * puts off are asked again when it wants. `patienceMs`: when a try counts as lost.
 */
export async function request(path: string, init: RequestInit = {}, patienceMs?: number): Promise<Response> {
  for (let numPutOff = 0; ; ) {
    const key = storedKey();
    const headers = new Headers(init.headers);
    if (key) headers.set('Authorization', `Bearer ${key}`);
    let response: Response;
    try {
      response = await fetch(path, {
        ...init, headers, credentials: 'omit', cache: 'no-store', signal: patienceMs ? AbortSignal.timeout(patienceMs) : init.signal,
      });
    } catch (cause) {
      const isLate = (cause as Error).name === 'TimeoutError';
      if (init.signal?.aborted && !isLate) throw cause;
      onReach(false);
      throw new ApiError('The server cannot be reached.', 0);
    }
    onReach(true);
    if (response.status === 401) {
      if (storedKey() === key) await askForKey(key !== null);
      continue;
    }
    if (response.status === 429 && isQuestion(init) && numPutOff++ < MAX_PUT_OFF) {
      const seconds = Number(response.headers.get('retry-after')) || numPutOff;
      await pause(1000 * Math.min(seconds, MAX_WAIT_S));
      continue;
    }
    if (!response.ok) throw await toError(response);
    if (init.method && init.method !== 'GET') onWrite();
    return response;
  }
}

async function json<T>(path: string, method = 'GET', body?: unknown, more: RequestInit = {}): Promise<T> {
  const response = await request(path, {
    ...more,
    method,
    headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  }, method === 'GET' ? PATIENCE_MS : undefined);
  return response.status === 204 ? (undefined as T) : await response.json();
}

const id = encodeURIComponent;
const query = (values: Record<string, string | number | undefined | null>) => {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return given.length ? '?' + new URLSearchParams(given.map(([name, value]) => [name, String(value)])) : '';
};

export const api = {
  status: () => json<Status>('/api/status'),
  models: () => json<{ models: Model[] }>('/api/models'),
  loadModel: (model: string) => json<Model>('/api/models/load', 'POST', { model }),
  settings: (model?: string | null) => json<{ groups: SettingGroup[] }>('/api/settings' + query({ model })),

  conversations: (before?: number, limit = 100) =>
    json<{ conversations: Conversation[]; has_more: boolean }>('/api/conversations' + query({ limit, before })),
  createConversation: (values: Partial<Conversation>) => json<Conversation>('/api/conversations', 'POST', values),
  conversation: (conversation: string) =>
    json<{ conversation: Conversation; messages: Message[] }>(`/api/conversations/${id(conversation)}`),
  patchConversation: (conversation: string, values: Partial<Conversation>) =>
    json<Conversation>(`/api/conversations/${id(conversation)}`, 'PATCH', values),
  deleteConversation: (conversation: string) => json<void>(`/api/conversations/${id(conversation)}`, 'DELETE'),
  deleteEverything: () => json<void>('/api/conversations', 'DELETE', { confirm: 'everything' }),

  addMessage: (conversation: string, values: {
    parent_id: string | null; role: 'user' | 'assistant'; parts: Part[]; edited_from?: string;
  }) => json<Message>(`/api/conversations/${id(conversation)}/messages`, 'POST', values),
  deleteMessage: (message: string) => json<void>(`/api/messages/${id(message)}`, 'DELETE'),
  answer: (conversation: string, values: AnswerRequest) =>
    json<{ messages: Message[] }>(`/api/conversations/${id(conversation)}/answers`, 'POST', values),
  stop: (message: string) => json<Message>(`/api/answers/${id(message)}/stop`, 'POST'),

  /** Goes on where the page is left meanwhile. */
  giveFeedback: (event: FeedbackEvent) => json<{ event_id: number }>('/api/feedback', 'POST', event, { keepalive: true }),
  feedback: (before?: number, limit = 50) =>
    json<{ events: StoredEvent[]; has_more: boolean }>('/api/feedback' + query({ limit, before })),
  feedbackStats: () => json<FeedbackStats>('/api/feedback/stats'),

  search: (q: string, limit = 30) => json<{ hits: SearchHit[] }>('/api/search' + query({ q, limit })),
  folders: () => json<{ folders: Folder[] }>('/api/folders'),
  createFolder: (name: string) => json<Folder>('/api/folders', 'POST', { name }),
  renameFolder: (folder: string, name: string) => json<Folder>(`/api/folders/${id(folder)}`, 'PATCH', { name }),
  deleteFolder: (folder: string) => json<void>(`/api/folders/${id(folder)}`, 'DELETE'),
  import: (text: string) =>
    request('/api/import', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: text }).then(
      (response) => response.json() as Promise<{ conversations: number; messages: number; events: number; skipped: number }>,
    ),
};

/** Fetches a file with the key in its header, then hands it to the browser as a download. */
export async function download(path: string, name: string) {
  const response = await request(path);
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
