// The mock's answers while they are written, and the streams that follow them.
import { scriptFor } from './answers.mjs';
import { MODELS } from './descriptions.mjs';
import { fail, plain } from './mock_data.mjs';

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function append(message, type, text) {
  const last = message.parts.at(-1);
  if (last?.type === type) last.text += text;
  else message.parts.push({ type, text });
}

export class MockAnswers {
  #running = new Map(); // message id -> { events, listeners, isStopped }
  #permits = 0;
  #waiting = [];

  constructor(data) {
    this.data = data;
  }

  /** Lets an answer pass the gate at which it waits, or the next one. */
  open() {
    const resume = this.#waiting.shift();
    if (resume) resume();
    else this.#permits++;
  }
  #gateOpens(answer) {
    if (answer.isStopped) return undefined;
    if (this.#permits > 0) return void this.#permits--;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  begin(conversation, body) {
    const parent = this.data.message(body.parent_id);
    if (plain(parent).startsWith('too long')) fail(400, 'prompt has 3,210 tokens, the context of the model 2,048', 'context_length_exceeded');
    const models = body.models ?? Array(body.count ?? 1).fill(body.model ?? MODELS[0].id);
    const made = models.map((model, index) => this.data.addMessage({
      conversation_id: conversation.id, parent_id: parent.id, role: 'assistant', parts: [], state: 'running', model,
      settings: body.settings ?? {}, seed: body.settings?.seed ?? 1_000_000 + this.data.nextNumber(), created: Date.now() + index,
    }));
    if (body.regenerate_of) this.data.addEvent(conversation, { kind: 'regenerate', message_ids: [body.regenerate_of, made[0].id] });
    conversation.active_leaf = made[0].id;
    made.forEach((message, index) => void this.#run(message, plain(parent), index + (body.regenerate_of ? 1 : 0)));
    return { messages: made };
  }

  async #run(message, prompt, variant) {
    const answer = { events: [], listeners: new Set(), isStopped: false, drops: prompt.includes('drop') };
    this.#running.set(message.id, answer);
    const begin = Date.now();
    this.#emit(answer, 'start', { message_id: message.id, model: message.model, seed: message.seed });
    let numTokens = 0;
    for (const step of scriptFor(prompt, variant)) {
      if (answer.isStopped) break;
      if (step.wait) await wait(step.wait);
      else if (step.gate) await this.#gateOpens(answer);
      else if (step.crash) Object.assign(message, { state: 'failed', error: 'the server was stopped while this was written', parts: [{ type: 'text', text: message.parts[0].text.slice(0, 30) }] });
      if (!step.event || answer.isStopped) continue;
      numTokens += this.#take(message, step, begin);
      this.#emit(answer, step.event, step.data);
    }
    Object.assign(message, {
      state: message.state === 'failed' ? 'failed' : answer.isStopped ? 'stopped' : 'done', stop_reason: answer.isStopped ? null : 'stop',
      usage: { prompt_tokens: 40, cached_tokens: 24, completion_tokens: numTokens, reasoning_tokens: 0 }, milliseconds: Date.now() - begin,
    });
    this.#emit(answer, 'done', { message });
  }

  /** Puts a step into the message. Returns how many tokens it was. */
  #take(message, { event, data }, begin) {
    if (event === 'tool_call' || event === 'tool_result') message.parts.push({ type: event, ...data });
    if (event === 'prompt') Object.assign(message, { dropped_turns: data.dropped_turns, first_token_milliseconds: Date.now() - begin });
    if (event === 'error') Object.assign(message, { state: 'failed', error: data.error.message });
    if (event !== 'text' && event !== 'reasoning') return 0;
    append(message, event, data.text);
    return 1;
  }

  #emit(answer, type, data) {
    answer.events.push({ type, text: JSON.stringify(data) });
    answer.listeners.forEach((listener) => listener());
  }

  async stop(id) {
    const answer = this.#running.get(id);
    if (answer) answer.isStopped = true;
    this.#waiting.splice(0).forEach((resume) => resume());
    while (this.data.message(id).state === 'running') await wait(10);
    return this.data.message(id);
  }

  stream(request, response, id, after) {
    const message = this.data.message(id);
    const answer = this.#running.get(id) ?? { events: [{ type: 'done', text: JSON.stringify({ message }) }], listeners: new Set() };
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    let sent = after;
    const drops = answer.drops && !answer.hasDropped;
    const flush = () => {
      for (; sent < answer.events.length; sent++) {
        const { type, text } = answer.events[sent];
        response.write(`id: ${sent + 1}\nevent: ${type}\ndata: ${text}\n\n`);
        if (drops && sent > 8 && !answer.hasDropped) return (answer.hasDropped = true), void response.destroy();
        if (type === 'done') return void response.end();
      }
    };
    answer.listeners.add(flush);
    request.on('close', () => answer.listeners.delete(flush));
    response.write(': here\n\n');
    flush();
  }
}
