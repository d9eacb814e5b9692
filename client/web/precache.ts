// The last step of a build: lists its files with their hashes and builds the service
// worker (src/sw) with that list in it. The same files give the same sw.js.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { build, type Plugin } from "vite";

const worker = "sw.js";

/** What is not fetched by pages: the worker itself, and files that stand beside what they compress. */
function isServed(name: string, all: ReadonlySet<string>): boolean {
  return name !== worker && !((name.endsWith(".br") || name.endsWith(".gz")) && all.has(name.slice(0, -3)));
}

/** The files of a folder as the service worker keeps them, by path. */
export function listFiles(folder: string): { path: string; integrity: string }[] {
  const all = new Set(
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .map((name) => name.replaceAll("\\", "/"))
      .filter((name) => statSync(join(folder, name)).isFile()),
  );
  return [...all]
    .filter((name) => isServed(name, all))
    .sort()
    .map((name) => ({ path: `/${name}`, integrity: `sha256-${createHash("sha256").update(readFileSync(join(folder, name))).digest("base64")}` }));
}

/** Adds sw.js to a build. */
export function serviceWorker(): Plugin {
  let root = "";
  let outDir = "";
  let target: string | string[] | false = false;
  let failed = false;
  return {
    name: "cenacle-service-worker",
    apply: "build",
    configResolved(config) {
      root = config.root;
      outDir = resolve(config.root, config.build.outDir);
      target = config.build.target ?? false;
    },
    buildEnd(error) {
      failed = error !== undefined;
    },
    closeBundle: {
      order: "post",
      sequential: true,
      async handler() {
        if (failed) return;
        await build({
          configFile: false,
          root,
          publicDir: false,
          logLevel: "warn",
          define: { __FILES__: JSON.stringify(listFiles(outDir)) },
          build: {
            target,
            outDir,
            emptyOutDir: false,
            modulePreload: false,
            reportCompressedSize: false,
            rolldownOptions: { input: join(root, "src/sw/sw.ts"), output: { format: "iife", entryFileNames: worker } },
          },
        });
      },
    },
  };
}
