// Continues token ids greedily with llama.cpp (through node-llama-cpp) and tells how it tokenizes a text.
// Usage: node greedy.mjs PACKAGES_FOLDER MODEL.gguf TEXT COUNT ID...; prints JSON {"ids": [...], "text_ids": [...], "probabilities": [...]}
import path from "node:path";
import { pathToFileURL } from "node:url";

const [packages, file, text, count, ...words] = process.argv.slice(2);
const entry = path.join(packages, "node_modules", "node-llama-cpp", "dist", "index.js");
const { getLlama } = await import(pathToFileURL(entry).href);
const llama = await getLlama({ build: "never", skipDownload: true, gpu: false, logLevel: "error", maxThreads: 2 });
const model = await llama.loadModel({ modelPath: file, gpuLayers: 0, useMmap: true });
const context = await model.createContext({ contextSize: 256, threads: 2 });
const sequence = context.getSequence();
const ids = [], probabilities = [];
let input = words.map(Number);
while (ids.length < Number(count)) {
  const output = await sequence.controlledEvaluate(
    input.map((id, i) => (i + 1 < input.length ? id : [id, { generateNext: { token: true, probabilities: true, options: { temperature: 0 } } }])));
  const next = output[input.length - 1].next;
  ids.push(next.token);
  probabilities.push([...next.probabilities.entries()].slice(0, 5));
  input = [next.token];
}
console.log(JSON.stringify({ ids, probabilities, text_ids: model.tokenize(text, false).map(Number) }));
await llama.dispose();
process.exit(0);
