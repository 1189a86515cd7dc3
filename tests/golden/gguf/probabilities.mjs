// Writes llama.cpp's probabilities (through node-llama-cpp) of every next token at every position of some texts.
// Usage: node probabilities.mjs PACKAGES_FOLDER MODEL.gguf VOCAB_SIZE OUT < LISTS; LISTS is JSON [[id, ...], ...], OUT becomes
// f32 [positions, VOCAB_SIZE], text after text.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [packages, file, vocabSize, out] = process.argv.slice(2);
const entry = path.join(packages, "node_modules", "node-llama-cpp", "dist", "index.js");
const { getLlama } = await import(pathToFileURL(entry).href);
const llama = await getLlama({ build: "never", skipDownload: true, gpu: false, logLevel: "error", maxThreads: 2 });
const model = await llama.loadModel({ modelPath: file, gpuLayers: 0, useMmap: true });
const lists = JSON.parse(fs.readFileSync(0, "utf8"));
const target = fs.openSync(out, "w");
for (const ids of lists) {
  const context = await model.createContext({ contextSize: 2048, threads: 2 });
  const options = { generateNext: { probabilities: true, options: { temperature: 0 } } };
  const output = await context.getSequence().controlledEvaluate(ids.map((id) => [id, options]));
  for (const each of output) {
    const row = new Float32Array(Number(vocabSize));
    for (const [token, probability] of each.next.probabilities) row[token] = probability;
    fs.writeSync(target, Buffer.from(row.buffer));
  }
  await context.dispose();
}
fs.closeSync(target);
await llama.dispose();
process.exit(0);
