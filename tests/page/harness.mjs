// Starts mock servers and a browser, runs claims by name, and prints one JSON line for each.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { chromiumPath } from './browser.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const WAIT_MS = 90_000; // a machine that is busy with other work is no failure
const claims = new Map();

/**
 * Registers a test whose name is a claim. `options.server`: arguments of the mock; `options.url`: another server.
 * The rest goes to the browser's context.
 */
export function claim(name, options, run) {
  claims.set(name, { options, run });
}

async function startMock(extra) {
  const child = spawn(process.execPath, [join(here, '../../web/dev/mock_server.mjs'), '--port', '0', ...extra], { stdio: ["ignore", "pipe", "inherit"] });
  const url = await new Promise((resolve, reject) => {
    child.stdout.once('data', (data) => resolve(String(data).trim()));
    child.once('exit', () => reject(new Error('the mock server ended')));
  });
  return { url, stop: () => child.kill() };
}

/** What a claim is given: the page, the server's address, and short names for what people do. */
class Visitor {
  problems = [];
  hosts = new Set();

  constructor(page, context, url) {
    Object.assign(this, { page, context, url });
    page.setDefaultTimeout(WAIT_MS);
    page.on('pageerror', (error) => this.problems.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && this.problems.push(message.text()));
    page.on('request', (request) => this.hosts.add(new URL(request.url()).origin));
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
  /** Waits until nothing is being written. */
  async settled() {
    await this.page.locator('[aria-busy=true]').first().waitFor({ timeout: 3000 }).catch(() => {});
    await this.page.waitForFunction(() => !document.querySelector('[aria-busy=true]') && document.querySelector('button[aria-label=Send]'), null, { timeout: 180_000 });
  }
  async api(path, init) {
    const response = await fetch(this.url + path, init);
    return response.json();
  }
  async shows(locator, message) {
    await locator.waitFor().catch(() => assert.fail(message ?? `not shown: ${locator}`));
  }
}

async function runOne(browser, { options, run }) {
  const { server = [], url, mayFail = false, ...contextOptions } = options;
  const mock = url ? { url, stop() {} } : await startMock(server);
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'light', ...contextOptions });
  const visitor = new Visitor(await context.newPage(), context, mock.url);
  try {
    await run(visitor);
    if (!mayFail) assert.deepEqual(visitor.problems, [], 'the console has errors');
    assert.deepEqual([...visitor.hosts].filter((host) => host !== mock.url && host !== 'null'), [], 'another host was asked');
  } finally {
    await context.close();
    mock.stop();
  }
}

export async function main() {
  const wanted = process.argv.slice(2);
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox'] });
  for (const [name, each] of claims) {
    if (wanted.length && !wanted.includes(name)) continue;
    const begin = Date.now();
    let problem = null;
    try {
      await runOne(browser, each);
    } catch (error) {
      problem = error.stack ?? String(error);
    }
    console.log(JSON.stringify({ name, problem, seconds: (Date.now() - begin) / 1000 }));
  }
  await browser.close();
}
