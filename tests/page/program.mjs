// The program itself as the server of a claim: slowed down, frozen, killed and started again as the claim wants.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const SLOW_RUN_MS = 1; // of each round the program runs so long, and then stands still
const SLOW_STOP_MS = 100;
const { VITRINE_PROGRAM, VITRINE_RUN } = process.env;

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Program {
  #folder = mkdtempSync(join(tmpdir(), 'vitrine-page-'));
  #child;
  #isSlow = false;
  url = '';

  constructor(more) {
    this.more = more;
  }

  /** Starts it; again after an end, at the address and with the store that it had. */
  async start() {
    const port = this.url ? new URL(this.url).port : '0';
    const words = ['serve', '-m', VITRINE_RUN, '--only-this-model', '--port', port, '--threads', '1', '--store', join(this.#folder, 'page.db'), ...this.more];
    const child = spawn(VITRINE_PROGRAM, words, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    const lines = [];
    this.url = await new Promise((resolve, reject) => {
      createInterface({ input: child.stderr }).on('line', (line) => {
        lines.push(line);
        const address = /https?:\/\/[\w.:]+\w/.exec(line);
        if (address) resolve(address[0]);
      });
      child.once('exit', () => reject(new Error(`vitrine serve ended before it said its address:\n${lines.join('\n')}`)));
    });
    return this;
  }

  #signal(name) {
    process.kill(this.#child.pid, name);
  }
  freeze() {
    this.#signal('SIGSTOP');
  }
  thaw() {
    this.#isSlow = false;
    this.#signal('SIGCONT');
  }
  /** Lets it run a small share of the time, until thaw(): answers of a tiny model take seconds then. */
  async slowDown() {
    for (this.#isSlow = true; this.#isSlow; await wait(SLOW_STOP_MS)) {
      this.#signal('SIGCONT');
      for (const end = performance.now() + SLOW_RUN_MS; performance.now() < end; ); // timers would be too coarse
      this.#signal('SIGSTOP');
    }
  }

  /** Ends it at once (SIGKILL) or in order (SIGTERM). */
  async end(signal) {
    this.#isSlow = false;
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    child.kill('SIGCONT');
    await ended;
  }
  async stop() {
    await this.end('SIGTERM');
    rmSync(this.#folder, { recursive: true });
  }
  /** Whether it ended in order, or by a claim's own hand. */
  get isWell() {
    return this.#child.exitCode === 0 || this.#child.signalCode === 'SIGKILL';
  }
}
