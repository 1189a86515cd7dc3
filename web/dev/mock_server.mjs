// mock_server.mjs [--port N] [--key KEY] [--empty]: the page's API without a model, for work on the page and for its tests.
// Everything is in memory. Words in a message choose what the answer does: see dev/answers.mjs.
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { scriptFor } from './answers.mjs';
import { feedbackStats, sampleData } from './sample_data.mjs';
import { MODELS, SETTINGS } from './descriptions.mjs';

const { values: options } = parseArgs({
  options: { port: { type: 'string', default: '8080' }, key: { type: 'string' }, empty: { type: 'boolean' } },
});
const dist = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist');
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2', '.webmanifest': 'application/manifest+json' };
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

let { conversations, messages, folders, events } = options.empty
  ? { conversations: new Map(), messages: new Map(), folders: [], events: [] }
  : sampleData();
const answers = new Map(); // message id -> { events, listeners, isStopped }
let count = 1000;
const newId = (prefix) => `${prefix}_${(++count).toString(36)}`;

class HttpError extends Error {
  constructor(status, message, code = null) {
    super(message);
    Object.assign(this, { status, code });
  }
}

const found = (map, id, what) => map.get(id) ?? fail(404, `There is no ${what} '${id}'.`, 'not_found');
function fail(status, message, code) {
  throw new HttpError(status, message, code);
}

function newMessage(values) {
  const message = {
    id: newId('m'), parent_id: null, state: 'done', stop_reason: null, error: null, model: null, settings: {}, seed: null,
    dropped_turns: 0, usage: null, milliseconds: null, first_token_milliseconds: null, edited_from: null, created: Date.now(),
    feedback: { thumb: null, reasons: [], note: '', flagged: false }, ...values,
  };
  messages.set(message.id, message);
  const conversation = conversations.get(message.conversation_id);
  Object.assign(conversation, { active_leaf: message.id, updated: Date.now() });
  return message;
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const plain = (message) => message.parts.filter((part) => part.type === 'text').map((part) => part.text).join('\n');

function emit(id, type, data) {
  const answer = answers.get(id);
  answer.events.push({ id: answer.events.length + 1, type, data });
  answer.listeners.forEach((listener) => listener());
}

function append(message, type, text) {
  const last = message.parts.at(-1);
  if (last?.type === type) last.text += text;
  else message.parts.push({ type, text });
}

async function run(message, prompt, variant) {
  const answer = { events: [], listeners: new Set(), isStopped: false };
  answers.set(message.id, answer);
  const begin = Date.now();
  emit(message.id, 'start', { message_id: message.id, model: message.model, seed: message.seed });
  let numTokens = 0;
  for (const step of scriptFor(prompt, variant)) {
    if (answer.isStopped) break;
    if (step.wait) await wait(step.wait);
    else if (step.event === 'tool_call' || step.event === 'tool_result') message.parts.push({ type: step.event, ...step.data });
    else if (step.event === 'text' || step.event === 'reasoning') append(message, step.event, step.data.text), numTokens++;
    else if (step.event === 'prompt') message.dropped_turns = step.data.dropped_turns, (message.first_token_milliseconds = Date.now() - begin);
    else if (step.event === 'error') Object.assign(message, { state: 'failed', error: step.data.error.message });
    if (step.event) emit(message.id, step.event, step.data);
  }
  Object.assign(message, {
    state: message.state === 'failed' ? 'failed' : answer.isStopped ? 'stopped' : 'done', stop_reason: answer.isStopped ? null : 'stop',
    usage: { prompt_tokens: 40, cached_tokens: 24, completion_tokens: numTokens, reasoning_tokens: 0 }, milliseconds: Date.now() - begin,
  });
  emit(message.id, 'done', { message });
}

function streamEvents(request, response, id, after) {
  if (!answers.has(id)) {
    const message = found(messages, id, 'answer');
    answers.set(id, { events: [{ id: 1, type: 'done', data: { message } }], listeners: new Set() });
  }
  const answer = answers.get(id);
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  let sent = after;
  const drops = !answer.hasDropped && answer.drops;
  const flush = () => {
    for (; sent < answer.events.length; sent++) {
      const { id: number, type, data } = answer.events[sent];
      response.write(`id: ${number}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
      if (drops && sent > 8 && !answer.hasDropped) return (answer.hasDropped = true), void response.destroy();
      if (type === 'done') return void response.end();
    }
  };
  answer.listeners.add(flush);
  request.on('close', () => answer.listeners.delete(flush));
  response.write(': here\n\n');
  flush();
}

const treeOf = (id) => [...messages.values()].filter((message) => message.conversation_id === id).sort((a, b) => a.created - b.created);

function addAnswers(conversationId, body) {
  const parent = found(messages, body.parent_id, 'message');
  const models = body.models ?? Array(body.count ?? 1).fill(body.model ?? MODELS[0].id);
  const made = models.map((model, index) =>
    newMessage({ conversation_id: conversationId, parent_id: parent.id, role: 'assistant', parts: [], state: 'running', model,
      settings: body.settings ?? {}, seed: body.settings?.seed ?? 1_000_000 + ++count, created: Date.now() + index }));
  if (body.regenerate_of) events.unshift({ id: ++count, kind: 'regenerate', created: Date.now(), conversation_id: conversationId,
    title: conversations.get(conversationId).title, message_ids: [body.regenerate_of, made[0].id], reasons: [], note: '', excerpts: [] });
  conversations.get(conversationId).active_leaf = made[0].id;
  made.forEach((message, index) => {
    void run(message, plain(parent), index + (body.regenerate_of ? 1 : 0));
    answers.get(message.id).drops = plain(parent).includes('drop');
  });
  return { messages: made };
}

function addFeedback(body) {
  const ids = body.message_ids ?? [body.message_id];
  const targets = ids.map((id) => found(messages, id, 'message'));
  if (body.kind === 'thumb') targets[0].feedback = { ...targets[0].feedback, thumb: body.value || null, reasons: body.reasons, note: body.note };
  if (body.kind === 'flag') targets[0].feedback.flagged = true;
  const conversation = conversations.get(targets[0].conversation_id);
  events.unshift({ id: ++count, created: Date.now(), conversation_id: conversation.id, title: conversation.title, reasons: [], note: '',
    ...body, message_ids: ids, excerpts: targets.map((message) => plain(message).slice(0, 200)) });
  return { event_id: count };
}

function search(q) {
  const hits = [];
  const snippet = (text, at) => {
    const from = Math.max(0, at - 40);
    return [{ text: text.slice(from, at), match: false }, { text: text.slice(at, at + q.length), match: true }, { text: text.slice(at + q.length, at + 120), match: false }];
  };
  for (const conversation of conversations.values()) {
    const base = { conversation_id: conversation.id, title: conversation.title, created: conversation.updated };
    const at = conversation.title.toLowerCase().indexOf(q.toLowerCase());
    if (at >= 0) hits.push({ ...base, message_id: null, role: null, snippet: snippet(conversation.title, at) });
    for (const message of treeOf(conversation.id)) {
      const text = plain(message);
      const place = text.toLowerCase().indexOf(q.toLowerCase());
      if (place >= 0) hits.push({ ...base, message_id: message.id, role: message.role, snippet: snippet(text, place) });
    }
  }
  return { hits: hits.slice(0, 30) };
}

const byNewest = () => [...conversations.values()].sort((a, b) => b.updated - a.updated);
const folderList = () => folders.map((folder) => ({ ...folder, count: byNewest().filter((each) => each.folder_id === folder.id).length }));
const newConversation = (values) => {
  const now = Date.now();
  const made = { id: newId('c'), title: '', folder_id: null, system_prompt: '', model: null, settings: {}, active_leaf: null, pinned: false, created: now, updated: now, ...values };
  conversations.set(made.id, made);
  return made;
};

const file = (name, text) => ({ file: name, text });

/** [method, pattern, handler(body, ids, query)]: gives [status, body], or a body. */
const ROUTES = [
  ['GET', /^\/api\/status$/, () => ({ version: '0.1.0', model: MODELS[0].id, context_length: 2048, needs_key: !!options.key, tools: [{ name: 'calculator', description: 'Exact arithmetic' }], limits: { max_body_bytes: 1 << 24, max_attachment_bytes: 200_000 } })],
  ['GET', /^\/api\/models$/, () => ({ models: MODELS })],
  ['POST', /^\/api\/models\/load$/, async ({ model }) => {
    const entry = MODELS.find((each) => each.id === model) ?? fail(404, `There is no model '${model}'.`, 'model_not_found');
    await wait(800);
    return Object.assign(entry, { loaded: true });
  }],
  ['GET', /^\/api\/settings$/, () => SETTINGS],
  ['GET', /^\/api\/conversations$/, (_, __, query) => {
    const before = Number(query.get('before') ?? Infinity);
    const all = byNewest().filter((each) => each.updated < before);
    const limit = Number(query.get('limit') ?? 100);
    return { conversations: all.slice(0, limit), has_more: all.length > limit };
  }],
  ['POST', /^\/api\/conversations$/, (body) => [201, newConversation(body)]],
  ['DELETE', /^\/api\/conversations$/, () => (conversations.clear(), messages.clear(), (events = []), [204])],
  ['GET', /^\/api\/conversations\/([^/]+)$/, (_, [id]) => ({ conversation: found(conversations, id, 'conversation'), messages: treeOf(id) })],
  ['PATCH', /^\/api\/conversations\/([^/]+)$/, (body, [id]) => Object.assign(found(conversations, id, 'conversation'), body, body.active_leaf ? {} : { updated: Date.now() })],
  ['DELETE', /^\/api\/conversations\/([^/]+)$/, (_, [id]) => (conversations.delete(id), treeOf(id).forEach((each) => messages.delete(each.id)), [204])],
  ['GET', /^\/api\/conversations\/([^/]+)\/export$/, (_, [id], query) => query.get('format') === 'json'
    ? file('conversation.json', JSON.stringify({ conversation: conversations.get(id), messages: treeOf(id) }))
    : file('conversation.md', treeOf(id).map((message) => `**${message.role}**\n\n${plain(message)}`).join('\n\n'))],
  ['POST', /^\/api\/conversations\/([^/]+)\/messages$/, (body, [id]) => {
    const conversation = found(conversations, id, 'conversation');
    const message = newMessage({ ...body, conversation_id: id });
    if (!conversation.title) conversation.title = plain(message).slice(0, 60);
    if (body.edited_from) events.unshift({ id: ++count, kind: 'edit', created: Date.now(), conversation_id: id, title: conversation.title, message_ids: [body.edited_from, message.id], reasons: [], note: '', excerpts: [plain(messages.get(body.edited_from)), plain(message)] });
    return [201, message];
  }],
  ['DELETE', /^\/api\/messages\/([^/]+)$/, (_, [id]) => {
    const gone = [id];
    for (const each of gone) for (const message of messages.values()) if (message.parent_id === each) gone.push(message.id);
    gone.forEach((each) => messages.delete(each));
    return [204];
  }],
  ['POST', /^\/api\/conversations\/([^/]+)\/answers$/, (body, [id]) => [201, addAnswers(id, body)]],
  ['POST', /^\/api\/answers\/([^/]+)\/stop$/, async (_, [id]) => {
    answers.get(id).isStopped = true;
    while (messages.get(id).state === 'running') await wait(10);
    return messages.get(id);
  }],
  ['POST', /^\/api\/feedback$/, (body) => [201, addFeedback(body)]],
  ['GET', /^\/api\/feedback$/, (_, __, query) => {
    const before = Number(query.get('before') ?? Infinity);
    const older = events.filter((event) => event.id < before);
    return { events: older.slice(0, 50), has_more: older.length > 50 };
  }],
  ['GET', /^\/api\/feedback\/stats$/, () => feedbackStats(events, messages)],
  ['GET', /^\/api\/feedback\/export$/, (_, __, query) => file(`${query.get('format')}.jsonl`, events.map((event) => JSON.stringify(event)).join('\n'))],
  ['GET', /^\/api\/search$/, (_, __, query) => search(query.get('q') ?? '')],
  ['GET', /^\/api\/folders$/, () => ({ folders: folderList() })],
  ['POST', /^\/api\/folders$/, ({ name }) => (folders.push({ id: newId('f'), name, position: folders.length }), [201, folderList().at(-1)])],
  ['PATCH', /^\/api\/folders\/([^/]+)$/, (body, [id]) => Object.assign(folders.find((each) => each.id === id), body)],
  ['DELETE', /^\/api\/folders\/([^/]+)$/, (_, [id]) => {
    folders = folders.filter((each) => each.id !== id);
    for (const each of conversations.values()) if (each.folder_id === id) each.folder_id = null;
    return [204];
  }],
  ['GET', /^\/api\/export$/, () => file('vitrine.json', JSON.stringify({ conversations: byNewest(), messages: [...messages.values()] }))],
  ['POST', /^\/api\/import$/, (body) => {
    const list = body.conversations ?? [body.conversation];
    for (const each of list) conversations.set(each.id, each);
    for (const each of body.messages) messages.set(each.id, each);
    return { conversations: list.length, messages: body.messages.length, events: 0, skipped: 0 };
  }],
];

function send(response, status, body) {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
  response.end(body === undefined ? '' : JSON.stringify(body));
}

async function handleApi(request, response, url) {
  if (options.key && request.headers.authorization !== `Bearer ${options.key}`) fail(401, 'The API key is missing or wrong.', 'invalid_api_key');
  const stream = /^\/api\/answers\/([^/]+)\/events$/.exec(url.pathname);
  if (stream) return streamEvents(request, response, stream[1], Number(url.searchParams.get('after') ?? 0));
  let text = '';
  for await (const chunk of request) text += chunk;
  for (const [method, pattern, handler] of ROUTES) {
    const match = method === request.method && pattern.exec(url.pathname);
    if (!match) continue;
    const result = await handler(text ? JSON.parse(text) : {}, match.slice(1), url.searchParams);
    if (result.file) {
      response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Disposition': `attachment; filename="${result.file}"` });
      return response.end(result.text);
    }
    return Array.isArray(result) ? send(response, ...result) : send(response, 200, result);
  }
  fail(404, `There is no route ${request.method} ${url.pathname}.`, 'not_found');
}

function handlePage(response, path) {
  let target = join(dist, normalize(path));
  if (!existsSync(target) || !statSync(target).isFile()) target = join(dist, 'index.html');
  response.writeHead(200, { 'Content-Type': TYPES[extname(target)] ?? 'application/octet-stream', 'Content-Security-Policy': CSP });
  createReadStream(target).pipe(response);
}

createServer((request, response) => {
  const url = new URL(request.url, 'http://mock');
  if (url.pathname === '/health') return send(response, 200, { status: 'ok', needs_key: !!options.key, version: '0.1.0' });
  if (!url.pathname.startsWith('/api/')) return handlePage(response, url.pathname);
  handleApi(request, response, url).catch((cause) =>
    send(response, cause.status ?? 500, { error: { message: cause.message, type: 'invalid_request_error', param: null, code: cause.code ?? null } }));
}).listen(Number(options.port), '127.0.0.1', function () {
  console.log(`http://127.0.0.1:${this.address().port}`);
});
