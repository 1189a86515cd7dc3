// Starts servers and a browser, runs claims by name, two at a time, and prints one JSON line for each.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';
import { startMock } from '../../web/dev/mock_server.mjs';
import { chromiumPath } from './browser.mjs';
import { Program } from './program.mjs';

const WAIT_MS = Number(process.env.VITRINE_CLAIM_WAIT_MS ?? 180_000); // a machine that is busy with other work is no failure
const CLOSE_MS = 2000;
const NUM_AT_ONCE = 2;
const claims = new Map();

/**
 * Registers a test whose name is a claim. `options.server`: of startMock(); `options.program`: the real server instead, with
 * these words of its command line; `mayFail`: the console may hold errors. The rest goes to the browser's context.
 */
export function claim(name, options, run) {
  claims.set(name, { options, run });
}

/** What a claim is given: the page, the server's address, and short names for what people do. */
class Visitor {
  problems = [];
  hosts = new Set();

  constructor(page, context, server) {
    Object.assign(this, { page, context, server, url: server.url });
    page.setDefaultTimeout(WAIT_MS);
    page.on('pageerror', (error) => this.problems.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && this.problems.push(message.text()));
    page.on('request', (request) => this.hosts.add(new URL(request.url()).origin));
  }
  /** Lets an answer of the mock pass the gate at which it waits. */
  letGo() {
    this.server.open();
  }
  get field() {
    return this.page.getByRole('textbox', { name: 'Message', exact: true });
  }
  button(name, options = {}) {
    return this.page.getByRole('button', { name, exact: true, ...options });
  }
  answer(index = -1) {
    return this.page.locator('article.assistant').nth(index);
  }
  async open(path = '/') {
    await this.page.goto(this.url + path);
    if (path !== '/collected') await this.field.waitFor();
  }
  async send(text) {
    await this.field.fill(text);
    await this.button('Send').click();
  }
  async ask(text) {
    await this.send(text);
    await this.settled();
  }
  /** Waits until nothing is opened, sent or written. */
  async settled() {
    await this.page.locator('.composer:not([data-busy])').waitFor();
  }
  get conversation() {
    return this.page.url().split('/c/')[1]?.split('#')[0];
  }
  /** The messages of the open conversation, as the server has them. */
  async messages() {
    return (await this.api(`/api/conversations/${this.conversation}`)).messages;
  }
  async api(path, init) {
    const response = await fetch(this.url + path, init);
    return response.json();
  }
  async shows(locator, message) {
    await locator.waitFor().catch(() => assert.fail(message ?? `not shown: ${locator}`));
  }
  /** Asks until the answer is as wanted: what the page sends without waiting arrives in its own time. */
  async becomes(read, wanted) {
    const end = Date.now() + WAIT_MS;
    let value = await read();
    while (JSON.stringify(value) !== JSON.stringify(wanted) && Date.now() < end) {
      await this.page.waitForTimeout(50);
      value = await read();
    }
    assert.deepEqual(value, wanted);
  }
}

async function runOne(browser, { options, run }) {
  const { server: mockOptions = {}, program, mayFail = false, ...contextOptions } = options;
  const server = program ? await new Program(program).start() : await startMock(mockOptions);
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'light', ...contextOptions });
  const visitor = new Visitor(await context.newPage(), context, server);
  try {
    await run(visitor);
    if (!mayFail) assert.deepEqual(visitor.problems, [], 'the console has errors');
    assert.deepEqual([...visitor.hosts].filter((host) => host !== server.url && host !== 'null'), [], 'another host was asked');
  } finally {
    await context.close();
    await server.stop();
  }
  if (program) assert.ok(server.isWell, 'the program did not end in order');
}

async function runAll(browser, waiting) {
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const [name, each] = next;
    const begin = Date.now();
    let problem = null;
    try {
      await runOne(browser, each);
    } catch (error) {
      problem = error.stack ?? String(error);
    }
    console.log(JSON.stringify({ name, problem, seconds: (Date.now() - begin) / 1000 }));
  }
}

export async function main() {
  const wanted = process.argv.slice(2);
  const waiting = [...claims].filter(([name]) => !wanted.length || wanted.includes(name));
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox'] });
  await Promise.all(Array.from({ length: NUM_AT_ONCE }, () => runAll(browser, waiting)));
  await Promise.race([browser.close(), new Promise((resolve) => setTimeout(resolve, CLOSE_MS))]);
  process.exit(0); // a browser that does not go is no failure
}
