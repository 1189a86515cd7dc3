// Run by clients_npm_test.py where npm's openai package is: prints a JSON object, claim to problem or null.
import assert from "node:assert/strict";
import OpenAI from "openai";

const client = new OpenAI({ baseURL: process.argv[2] + "/v1", apiKey: "none", maxRetries: 0 });
const model = (await client.models.list()).data[0].id;
const tools = [{
  type: "function",
  function: {
    name: "get_weather", description: "The weather of a city",
    parameters: { type: "object", properties: { city: { type: "string", maxLength: 20 } }, required: ["city"],
                  additionalProperties: false },
  },
}];
const ask = (content, more = {}) => ({ model, messages: [{ role: "user", content }], max_tokens: 24, temperature: 0, ...more });

const claims = {
  async chat_streamed() {
    const whole = await client.chat.completions.create(ask("Name three colours."));
    let text = "", finish = null;
    for await (const chunk of await client.chat.completions.create(ask("Name three colours.", { stream: true }))) {
      text += chunk.choices[0].delta.content ?? "";
      finish = chunk.choices[0].finish_reason ?? finish;
    }
    assert.equal(text, whole.choices[0].message.content);
    assert.equal(finish, whole.choices[0].finish_reason);
  },
  async helper_of_streams() {
    const stream = client.chat.completions.stream(ask("Name three colours.", { stream_options: { include_usage: true } }));
    let words = "";
    stream.on("content", (piece) => { words += piece; });
    const done = await stream.finalChatCompletion();
    assert.equal(done.choices[0].message.content, words);
    assert.ok(done.usage.completion_tokens > 0 && done.usage.prompt_tokens > 0);
  },
  async tools() {
    const forced = { tools, tool_choice: "required", max_tokens: 64, seed: 1 };
    const whole = (await client.chat.completions.create(ask("What is the weather in Paris?", forced))).choices[0];
    assert.equal(whole.finish_reason, "tool_calls");
    assert.equal(whole.message.content, null);
    const stream = client.chat.completions.stream(ask("What is the weather in Paris?", forced));
    const call = (await stream.finalChatCompletion()).choices[0].message.tool_calls[0];
    assert.equal(call.function.name, "get_weather");
    assert.equal(call.function.arguments, whole.message.tool_calls[0].function.arguments);
    assert.equal(typeof JSON.parse(call.function.arguments).city, "string");
    const next = await client.chat.completions.create({
      model, max_tokens: 16, tools,
      messages: [{ role: "user", content: "What is the weather in Paris?" }, whole.message,
                 { role: "tool", tool_call_id: whole.message.tool_calls[0].id, content: "Sunny." }],
    });
    assert.ok(next.choices[0].message);
  },
  async schema_is_parsed() {
    const schema = { type: "object", properties: { colour: { enum: ["red", "green"] } }, required: ["colour"],
                     additionalProperties: false };
    const done = await client.chat.completions.parse(ask("A colour?", {
      max_tokens: 64, response_format: { type: "json_schema", json_schema: { name: "colour", strict: true, schema } },
    }));
    assert.ok(["red", "green"].includes(JSON.parse(done.choices[0].message.content).colour));
  },
  async responses() {
    const first = await client.responses.create({ model, input: "Name a river.", max_output_tokens: 16, temperature: 0 });
    assert.ok(first.output_text.length > 0);
    assert.equal((await client.responses.retrieve(first.id)).output_text, first.output_text);
    const second = await client.responses.create({
      model, input: "And another.", previous_response_id: first.id, max_output_tokens: 16,
    });
    assert.ok(second.usage.input_tokens > first.usage.input_tokens + 4);
    await client.responses.delete(first.id);
    await assert.rejects(client.responses.retrieve(first.id), (error) => error.status === 404);
  },
  async responses_streamed() {
    // The helper throws for events that it does not know, and checks the ids of items.
    const stream = client.responses.stream({ model, input: "Name a river.", max_output_tokens: 16, temperature: 0 });
    let text = "", last = -1;
    for await (const event of stream) {
      assert.ok(event.sequence_number > last);
      last = event.sequence_number;
      if (event.type === "response.output_text.delta") text += event.delta;
    }
    assert.equal((await stream.finalResponse()).output_text, text);
  },
  async responses_tools() {
    const stream = client.responses.stream({
      model, input: "What is the weather in Paris?", max_output_tokens: 64, tool_choice: "required",
      tools: [{ type: "function", strict: false, ...tools[0].function }],
    });
    const done = await stream.finalResponse();
    const call = done.output.find((item) => item.type === "function_call");
    assert.equal(call.name, "get_weather");
    assert.equal(typeof JSON.parse(call.arguments).city, "string");
  },
  async embeddings() {
    // Without encoding_format this client asks for base64 and decodes it.
    const input = ["a river", "a town"];
    const packed = await client.embeddings.create({ model, input });
    const plain = await client.embeddings.create({ model, input, encoding_format: "float" });
    assert.deepEqual(packed.data.map((one) => Array.from(one.embedding)), plain.data.map((one) => one.embedding.map(Math.fround)));
  },
  async errors() {
    const fails = async (body, status, code) => assert.rejects(client.chat.completions.create(body),
      (error) => error.status === status && error.code === code && error.requestID?.startsWith("req_"));
    await fails(ask("x ".repeat(20000)), 400, "context_length_exceeded");
    await fails(ask("x", { model: "none" }), 404, "model_not_found");
    await fails(ask("x", { temperature: 9 }), 400, "invalid_value");
  },
  async leaving_ends_the_answer() {
    const stream = await client.chat.completions.create(ask("Tell me a story.", { stream: true, max_tokens: 1000, ignore_eos: true }));
    for await (const chunk of stream) {
      assert.ok(chunk.id);
      break;
    }
    stream.controller.abort();
    for (let i = 0; ; ++i) {
      const metrics = await (await fetch(process.argv[2] + "/metrics")).text();
      if (/^vitrine_generations_active 0$/m.test(metrics)) return;
      assert.ok(i < 200, "the answer goes on");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  },
};

const problems = {};
for (const [name, claim] of Object.entries(claims)) {
  problems[name] = await claim().then(() => null, (error) => String(error.stack ?? error));
}
console.log(JSON.stringify(problems));
