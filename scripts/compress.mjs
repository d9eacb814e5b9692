// compress.mjs DIR CACHE: leaves beside each text and program of the built web app
// its Brotli form (RFC 7932, quality 11), which the server sends as it is. What was
// compressed before is taken from the cache, by the SHA-256 of its content.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

const [dir, cache] = process.argv.slice(2);
mkdirSync(cache, { recursive: true });
for (const name of readdirSync(dir, { recursive: true, encoding: "utf8" }).sort()) {
  if (!/\.(css|html|js|json|svg|txt|wasm|webmanifest)$/.test(name)) continue;
  const content = readFileSync(join(dir, name));
  const kept = join(cache, `${createHash("sha256").update(content).digest("hex")}.br`);
  let small;
  try {
    small = readFileSync(kept);
  } catch {
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
    small = brotliCompressSync(content, { params });
    writeFileSync(`${kept}.${process.pid}`, small);
    renameSync(`${kept}.${process.pid}`, kept);
  }
  if (small.length < content.length) writeFileSync(join(dir, `${name}.br`), small);
}
