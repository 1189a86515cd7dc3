// mock_server.mjs [--port N] [--key KEY] [--empty]: the page's API without a model, for work on the page and for its tests.
// Everything is in memory. Words in a message choose what the answer does: see dev/answers.mjs.
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { MODELS, SETTINGS } from './descriptions.mjs';
import { MockAnswers } from './mock_answers.mjs';
import { MockData, fail, plain } from './mock_data.mjs';

const dist = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist');
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2', '.webmanifest': 'application/manifest+json' };
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const LOAD_MS = 800;

const file = (name, text) => ({ file: name, text });
const gone = [204];

/** [method, pattern, handler(mock, ids, body, query)]: gives [status, body], or a body. */
const ROUTES = [
  ['GET', /^\/api\/status$/, ({ key }) => ({ version: '0.1.0', model: MODELS[0].id, context_length: 2048, needs_key: !!key, tools: [{ name: 'calculator', description: 'Exact arithmetic' }], limits: { max_body_bytes: 1 << 24, max_attachment_bytes: 200_000 } })],
  ['GET', /^\/api\/models$/, ({ models }) => ({ models })],
  ['POST', /^\/api\/models\/load$/, async ({ models }, _, { model }) => {
    const entry = models.find((each) => each.id === model) ?? fail(404, `There is no model '${model}'.`, 'model_not_found');
    await new Promise((resolve) => setTimeout(resolve, LOAD_MS));
    return Object.assign(entry, { loaded: true });
  }],
  ['GET', /^\/api\/settings$/, () => SETTINGS],
  ['GET', /^\/api\/conversations$/, ({ data }, _, __, query) => {
    const older = data.newest().filter((each) => each.updated < Number(query.get('before') ?? Infinity));
    const limit = Number(query.get('limit') ?? 100);
    return { conversations: older.slice(0, limit), has_more: older.length > limit };
  }],
  ['POST', /^\/api\/conversations$/, ({ data }, _, body) => [201, data.addConversation(body)]],
  ['DELETE', /^\/api\/conversations$/, ({ data }) => (data.deleteEverything(), gone)],
  ['GET', /^\/api\/conversations\/([^/]+)$/, ({ data }, [id]) => ({ conversation: data.conversation(id), messages: data.tree(id) })],
  ['PATCH', /^\/api\/conversations\/([^/]+)$/, ({ data }, [id], body) =>
    Object.assign(data.conversation(id), body, body.active_leaf ? {} : { updated: Date.now() })],
  ['DELETE', /^\/api\/conversations\/([^/]+)$/, ({ data }, [id]) => (data.deleteConversation(id), gone)],
  ['GET', /^\/api\/conversations\/([^/]+)\/export$/, ({ data }, [id], _, query) => query.get('format') === 'json'
    ? file(`${id}.json`, JSON.stringify({ conversation: data.conversation(id), messages: data.tree(id) }))
    : file(`${id}.md`, data.tree(id).map((message) => `**${message.role}**\n\n${plain(message)}`).join('\n\n'))],
  ['POST', /^\/api\/conversations\/([^/]+)\/messages$/, ({ data }, [id], body) => [201, data.addTurn(data.conversation(id), body)]],
  ['DELETE', /^\/api\/messages\/([^/]+)$/, ({ data }, [id]) => (data.deleteMessage(id), gone)],
  ['POST', /^\/api\/conversations\/([^/]+)\/answers$/, ({ data, answers }, [id], body) => [201, answers.begin(data.conversation(id), body)]],
  ['POST', /^\/api\/answers\/([^/]+)\/stop$/, ({ answers }, [id]) => answers.stop(id)],
  ['POST', /^\/api\/feedback$/, ({ data }, _, body) => [201, { event_id: data.addFeedback(body) }]],
  ['GET', /^\/api\/feedback$/, ({ data }, _, __, query) => {
    const older = data.events.filter((event) => event.id < Number(query.get('before') ?? Infinity));
    return { events: older.slice(0, 50), has_more: older.length > 50 };
  }],
  ['GET', /^\/api\/feedback\/stats$/, ({ data }) => data.stats()],
  ['GET', /^\/api\/feedback\/export$/, ({ data }, _, __, query) =>
    file(`${query.get('format')}.jsonl`, data.events.map((event) => JSON.stringify(event)).join('\n'))],
  ['GET', /^\/api\/search$/, ({ data }, _, __, query) => data.search(query.get('q') ?? '')],
  ['GET', /^\/api\/folders$/, ({ data }) => ({ folders: data.listFolders() })],
  ['POST', /^\/api\/folders$/, ({ data }, _, { name }) => {
    data.folders.push({ id: data.newId('f'), name, position: data.folders.length });
    return [201, data.listFolders().at(-1)];
  }],
  ['PATCH', /^\/api\/folders\/([^/]+)$/, ({ data }, [id], body) => Object.assign(data.folders.find((each) => each.id === id), body)],
  ['DELETE', /^\/api\/folders\/([^/]+)$/, ({ data }, [id]) => (data.deleteFolder(id), gone)],
  ['GET', /^\/api\/export$/, ({ data }) => file('vitrine.json', JSON.stringify(data.export()))],
  ['POST', /^\/api\/import$/, ({ data }, _, body) => data.import(body)],
];

function send(response, status, body) {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
  response.end(body === undefined ? '' : JSON.stringify(body));
}

async function handleApi(mock, request, response, url) {
  if (mock.isBusy && request.method === 'GET' && !mock.putOff.has(url.pathname)) {
    mock.putOff.add(url.pathname);
    response.setHeader('Retry-After', '1');
    fail(429, 'Too many requests of this key at once.', 'rate_limit_exceeded');
  }
  if (mock.key && request.headers.authorization !== `Bearer ${mock.key}`) fail(401, 'The API key is missing or wrong.', 'invalid_api_key');
  const stream = /^\/api\/answers\/([^/]+)\/events$/.exec(url.pathname);
  if (stream) return mock.answers.stream(request, response, stream[1], Number(url.searchParams.get('after') ?? 0));
  let text = '';
  for await (const chunk of request) text += chunk;
  for (const [method, pattern, handler] of ROUTES) {
    const match = method === request.method && pattern.exec(url.pathname);
    if (!match) continue;
    const result = await handler(mock, match.slice(1), text ? JSON.parse(text) : {}, url.searchParams);
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

/** Starts a server with data of its own. `isBusy`: it puts off the first question for each thing. Gives its address, what ends it, and `open`, which lets answers pass their gate. */
export async function startMock({ port = 0, key = '', isEmpty = false, isBusy = false } = {}) {
  const data = new MockData(isEmpty);
  const mock = { key, isBusy, putOff: new Set(), data, answers: new MockAnswers(data), models: structuredClone(MODELS) };
  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://mock');
    if (url.pathname === '/health') return send(response, 200, { status: 'ok', needs_key: !!key, version: '0.1.0' });
    if (!url.pathname.startsWith('/api/')) return handlePage(response, url.pathname);
    handleApi(mock, request, response, url).catch((cause) =>
      send(response, cause.status ?? 500, { error: { message: cause.message, type: 'invalid_request_error', param: null, code: cause.code ?? null } }));
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  const stop = () => (server.close(), server.closeAllConnections());
  return { url: `http://127.0.0.1:${server.address().port}`, stop, open: () => mock.answers.open() };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { port: { type: 'string', default: '8080' }, key: { type: 'string' }, empty: { type: 'boolean' } },
  });
  const { url } = await startMock({ port: Number(values.port), key: values.key, isEmpty: values.empty });
  console.log(url);
}
