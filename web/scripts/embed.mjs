// embed.mjs DIST OUT: packs the built page into OUT/page.blob and writes OUT/embedded_page.cc, which takes it in by .incbin.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const TYPES = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  json: 'application/json',
  webmanifest: 'application/manifest+json',
  txt: 'text/plain; charset=utf-8',
  woff2: 'font/woff2',
  png: 'image/png',
};

function filesBelow(folder, prefix = '') {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? filesBelow(join(folder, entry.name), `${prefix}/${entry.name}`)
      : [`${prefix}/${entry.name}`],
  );
}

const [dist, out] = process.argv.slice(2).map((path) => resolve(path));
const blob = [];
let size = 0;

/** Adds bytes to the blob; gives their C++ string_view. */
function place(bytes) {
  const view = `{kBlob + ${size}, ${bytes.length}}`;
  blob.push(bytes);
  size += bytes.length;
  return view;
}

/** A compressed form that is not clearly smaller is left out. */
const placeSmaller = (compressed, identity) => (compressed.length < 0.95 * identity.length ? place(compressed) : '{}');

const paths = filesBelow(dist).sort((a, b) => (a < b ? -1 : 1));
const rows = paths.map((path) => {
  const identity = readFileSync(join(dist, path));
  const type = TYPES[path.split('.').pop()];
  if (!type) throw new Error(`embed: ${path} has no known content type`);
  if (!/^[\w./-]+$/.test(path)) throw new Error(`embed: ${path} has an odd name`);
  const etag = createHash('sha256').update(identity).digest('hex').slice(0, 20);
  const gzip = gzipSync(identity, { level: 9 });
  const brotli = brotliCompressSync(identity, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: identity.length } });
  const views = [place(identity), placeSmaller(gzip, identity), placeSmaller(brotli, identity)];
  return `    {"${path}", "${type}", "\\"${etag}\\"", ${views.join(', ')}, ${path.startsWith('/assets/')}},`;
});

writeFileSync(join(out, 'page.blob'), Buffer.concat(blob));
writeFileSync(
  join(out, 'embedded_page.cc'),
  `// Written by web/scripts/embed.mjs.
#include "page/embedded.h"

extern "C" const char vitrine_page_blob[];
// sha256 ${createHash('sha256').update(Buffer.concat(blob)).digest('hex')}
asm(".pushsection .rodata\\n.balign 16\\n.global vitrine_page_blob\\nvitrine_page_blob:\\n.incbin \\"${join(out, 'page.blob')}\\"\\n.popsection\\n");

namespace vitrine::page {
namespace {
const char* const kBlob = vitrine_page_blob;
const PageFile kFiles[] = {
${rows.join('\n')}
};
}  // namespace
const PageFile* const kEmbeddedFiles = kFiles;
const std::size_t kNumEmbeddedFiles = ${rows.length};
const char* const kMissingReason = "";
}  // namespace vitrine::page
`,
);
console.log(`page: ${rows.length} files, ${size} bytes with their compressed forms`);
