// Usage: node check.mjs URL KEY. Every call is counted; the last line says how many. Any difference ends it with exit code 1.
import assert from "node:assert/strict";
import OpenAI, { APIError, AuthenticationError, BadRequestError, NotFoundError } from "openai";

const [url, apiKey] = process.argv.slice(2);
const clientOf = (key) => new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 });
const client = clientOf(apiKey);
const model = "gaudi-demo";
const ask = [{ role: "user", content: "What is 17 + 25?" }];
let calls = 0;

async function call(name, body) {
  calls++;
  try {
    return await body();
  } catch (error) {
    console.error(`call ${calls}, ${name}: ${error.stack}`);
    process.exit(1);
  }
}

const chat = (more) => client.chat.completions.create({ model, messages: ask, temperature: 0, ...more });

await call("models", async () => assert.deepEqual((await client.models.list()).data.map((one) => one.id), [model]));
await call("model", async () => assert.equal((await client.models.retrieve(model)).owned_by, "gaudi"));
await call("unknown model", async () => assert.rejects(client.models.retrieve("gpt-9"), NotFoundError));
const whole = await call("chat", () => chat());
assert.match(whole.choices[0].message.content, /42$/);
assert.equal(whole.choices[0].finish_reason, "stop");
assert.equal(whole.usage.total_tokens, whole.usage.prompt_tokens + whole.usage.completion_tokens);
await call("chat again", async () => assert.equal((await chat()).choices[0].message.content, whole.choices[0].message.content));
await call("streamed with usage", async () => {
  let text = "";
  let usage = null;
  for await (const frame of await chat({ stream: true, stream_options: { include_usage: true } })) {
    text += frame.choices[0]?.delta.content ?? "";
    usage = frame.usage ?? usage;
  }
  assert.equal(text, whole.choices[0].message.content);
  assert.deepEqual(usage.total_tokens, whole.usage.total_tokens);
});
await call("logprobs", async () => {
  const { content } = (await chat({ logprobs: true, top_logprobs: 3 })).choices[0].logprobs;
  assert.ok(content.every((token) => token.top_logprobs.length === 3 && token.logprob <= 0 && Array.isArray(token.bytes)));
  assert.equal(Buffer.from(content.flatMap((token) => token.bytes)).toString().startsWith(whole.choices[0].message.content), true);
});
await call("max_tokens", async () => {
  const cut = await chat({ max_tokens: 2 });
  assert.deepEqual([cut.choices[0].finish_reason, cut.usage.completion_tokens], ["length", 2]);
});
await call("max_completion_tokens", async () => assert.equal((await chat({ max_completion_tokens: 3 })).usage.completion_tokens, 3));
await call("stop", async () => assert.ok(!(await chat({ stop: ["42"] })).choices[0].message.content.includes("42")));
await call("n", async () => assert.equal((await chat({ n: 3, temperature: 1, max_tokens: 5 })).choices.length, 3));
await call("n streamed", async () => {
  const reasons = [[], []];
  for await (const frame of await chat({ n: 2, temperature: 1, max_tokens: 4, stream: true })) {
    for (const choice of frame.choices) if (choice.finish_reason) reasons[choice.index].push(choice.finish_reason);
  }
  assert.deepEqual(reasons.map((each) => each.length), [1, 1]);
});
const seeded = () => chat({ seed: 7, temperature: 1.5, max_tokens: 12 });
const first = await call("seed", seeded);
await call("seed again", async () => assert.equal((await seeded()).choices[0].message.content, first.choices[0].message.content));
await call("conversation", () => chat({
  messages: [{ role: "system", content: "Be brief." }, ...ask, { role: "assistant", content: "42" }, { role: "user", content: "Why?" }],
  max_tokens: 8,
}));
await call("json_object", async () => {
  // Any object, however long: one that was cut off is no document.
  const { message, finish_reason } = (await chat({ response_format: { type: "json_object" }, max_tokens: 300 })).choices[0];
  assert.ok(message.content.startsWith("{"));
  if (finish_reason === "stop") assert.equal(typeof JSON.parse(message.content), "object");
});
await call("json_schema", async () => {
  const schema = {
    type: "object", properties: { sum: { type: "integer" }, unit: { enum: ["cards", "ranks"] } }, required: ["sum", "unit"],
    additionalProperties: false,
  };
  const { content } = (await chat({
    response_format: { type: "json_schema", json_schema: { name: "answer", schema, strict: true } }, max_tokens: 100,
  })).choices[0].message;
  const answer = JSON.parse(content);
  assert.ok(Number.isInteger(answer.sum) && ["cards", "ranks"].includes(answer.unit));
});
await call("regex", async () => {
  const { content } = (await chat({ structured_outputs: { regex: "[a-f]{3}-\\d{2}" } })).choices[0].message;
  assert.match(content, /^[a-f]{3}-\d{2}$/);
});
await call("choice", async () => {
  const { content } = (await chat({ structured_outputs: { choice: ["yes", "no"] } })).choices[0].message;
  assert.ok(["yes", "no"].includes(content));
});
const tools = [{
  type: "function",
  function: {
    name: "add", description: "adds",
    parameters: { type: "object", properties: { a: { type: "integer" }, b: { type: "integer" } }, required: ["a", "b"] },
  },
}];
const named = await call("named tool", () => chat({ tools, tool_choice: { type: "function", function: { name: "add" } }, max_tokens: 400 }));
const made = named.choices[0].message.tool_calls[0];
assert.equal(made.function.name, "add");
assert.deepEqual(Object.keys(JSON.parse(made.function.arguments)), ["a", "b"]);
await call("required tool, streamed", async () => {
  let name = "";
  let text = "";
  let reason = null;
  for await (const frame of await chat({ tools, tool_choice: "required", parallel_tool_calls: false, stream: true, max_tokens: 400 })) {
    for (const piece of frame.choices[0]?.delta.tool_calls ?? []) {
      name += piece.function.name ?? "";
      text += piece.function.arguments ?? "";
    }
    reason = frame.choices[0]?.finish_reason ?? reason;
  }
  assert.deepEqual([name, reason], ["add", "tool_calls"]);
  assert.ok(Number.isInteger(JSON.parse(text).a));
});
await call("tool by the model's choice", async () => {
  const { finish_reason, message } = (await chat({ tools, tool_choice: "auto", max_tokens: 60 })).choices[0];
  assert.equal(finish_reason === "tool_calls", (message.tool_calls ?? []).length > 0);
});
await call("no tool", async () => assert.deepEqual((await chat({ tools, tool_choice: "none" })).choices[0].message.tool_calls ?? [], []));
await call("tool's result", () => chat({
  tools, max_tokens: 8,
  messages: [...ask, { role: "assistant", tool_calls: [made] }, { role: "tool", tool_call_id: made.id, content: "42" }],
}));
await call("completion", async () => {
  const echoed = await client.completions.create({ model, prompt: "One two", max_tokens: 4, echo: true, logprobs: 2, temperature: 0 });
  assert.ok(echoed.choices[0].text.startsWith("One two"));
  assert.equal(echoed.choices[0].logprobs.tokens.length, echoed.choices[0].logprobs.token_logprobs.length);
});
await call("prompts", async () => {
  const both = await client.completions.create({ model, prompt: ["One", "Two"], max_tokens: 3, n: 2, temperature: 1 });
  assert.deepEqual(both.choices.map((choice) => choice.index), [0, 1, 2, 3]);
});
await call("completion streamed with usage", async () => {
  let usage = null;
  let text = "";
  const asked = { model, prompt: "One two", max_tokens: 6, temperature: 0 };
  for await (const frame of await client.completions.create({ ...asked, stream: true, stream_options: { include_usage: true } })) {
    text += frame.choices[0]?.text ?? "";
    usage = frame.usage ?? usage;
  }
  const same = await client.completions.create(asked);
  assert.deepEqual([text, usage], [same.choices[0].text, same.usage]);
});
await call("several lists of token ids", async () => {
  const both = await client.completions.create({ model, prompt: [[5, 6], [7]], max_tokens: 2 });
  assert.deepEqual([both.choices.length, both.usage.prompt_tokens], [2, 3]);
});
await call("token ids", () => client.completions.create({ model, prompt: [5, 6, 7], max_tokens: 2 }));
const numbers = await call("embeddings", () => client.embeddings.create({ model, input: ["a card", "two cards"], encoding_format: "float" }));
assert.deepEqual(numbers.data.map((one) => one.embedding.length), [256, 256]);
await call("embeddings in base64", async () => {
  const text = await client.embeddings.create({ model, input: ["a card", "two cards"], encoding_format: "base64" });
  const bytes = Buffer.from(text.data[1].embedding, "base64");
  const floats = Array.from({ length: 256 }, (_, i) => bytes.readFloatLE(4 * i));
  assert.deepEqual(floats, numbers.data[1].embedding.map(Math.fround));
});
await call("embeddings by default", async () => {
  // The client asks for base64 and decodes it.
  const { data } = await client.embeddings.create({ model, input: "a card" });
  assert.deepEqual(Array.from(data[0].embedding), numbers.data[0].embedding.map(Math.fround));
});
await call("wrong value", () => assert.rejects(chat({ top_p: 3 }), (error) => error instanceof BadRequestError && error.param === "top_p"));
await call("unsupported keyword", () => assert.rejects(
  chat({ response_format: { type: "json_schema", json_schema: { name: "x", schema: { type: "integer", minimum: 3 } } } }),
  (error) => error.status === 400 && error.message.includes("minimum")));
await call("wrong model", () => assert.rejects(chat({ model: "other" }), NotFoundError));
await call("wrong key", () => assert.rejects(
  clientOf("other").models.list(), (error) => error instanceof AuthenticationError && error.status === 401));
await call("too large", () => assert.rejects(
  chat({ messages: [{ role: "user", content: "a".repeat(25 << 20) }] }), (error) => error instanceof APIError && error.status === 413));
await call("too long", () => assert.rejects(
  chat({ messages: [{ role: "user", content: "a".repeat(10 << 20) }] }),
  (error) => error instanceof BadRequestError && error.message.includes("maximum context length")));
await call("leaving", async () => {
  const stream = await chat({ stream: true, max_tokens: 1000, ignore_eos: true });
  for await (const frame of stream) if (frame.choices[0]?.delta.content) break;
});
await call("after all", async () => assert.match((await chat()).choices[0].message.content, /42$/));
console.log(`${calls} calls are right`);
