// Who may import whom in the web app, with the reason of each ban, and a few habits
// that no linter knows. The table stands in README.md as well.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, test } from "vitest";

const root = import.meta.dirname;

const rules: Record<string, { may: readonly string[]; because: string }> = {
  lib: { may: ["lib"], because: "helpers know nothing of screens, words or the engine" },
  i18n: { may: ["i18n", "lib"], because: "words and formats are needed by all and need nobody" },
  ui: { may: ["ui", "i18n", "lib"], because: "a part is drawn the same in every feature and in the gallery" },
  app: { may: ["app", "ui", "i18n", "lib", "api"], because: "the shell shows view models; features are loaded by pages.ts alone" },
  api: { may: ["api", "lib", "worker"], because: "the engine's surface draws nothing" },
  worker: { may: ["worker", "api", "lib"], because: "the worker has no page" },
  sw: { may: ["sw", "lib"], because: "the service worker has no page, no words and no engine" },
  gallery: { may: ["gallery", "app", "ui", "i18n", "lib"], because: "it shows parts with invented data" },
  main: { may: ["app", "ui", "gallery", "api"], because: "it wires" },
};
const featureRule = { may: ["app", "ui", "i18n", "lib", "api"], because: "features are taken out and put in one by one: what two of them need belongs to app, ui or lib" };

const files = readdirSync(root, { recursive: true, encoding: "utf8" })
  .map((name) => name.replaceAll("\\", "/"))
  .filter((name) => /\.(ts|svelte|css)$/.test(name) && !name.endsWith(".d.ts"))
  .filter((name) => name !== "architecture.test.ts");

/** ui/Button.svelte is of "ui", features/chat/Chat.svelte of "features/chat". */
function layerOf(name: string): string {
  const [first = "", second = ""] = name.split("/");
  if (name.startsWith("main.")) return "main";
  return first === "features" ? `features/${second}` : first;
}

function importsOf(name: string): string[] {
  const source = readFileSync(join(root, name), "utf8");
  return [...source.matchAll(/(?:from|import)\s*\(?\s*["'](\.[^"']*)["']/g)].map((found) => relative(root, join(root, dirname(name), found[1] ?? "")).replaceAll("\\", "/"));
}

describe("imports", () => {
  test.each(files.filter((name) => !name.endsWith(".css")))("%s", (name) => {
    const layer = layerOf(name);
    const isFeature = layer.startsWith("features/");
    const rule = isFeature ? featureRule : rules[layer];
    expect(rule, `${layer} is no known layer: add it to the table, with its reason`).toBeDefined();
    for (const target of importsOf(name)) {
      const to = layerOf(target);
      const allowed = to === layer || rule?.may.includes(to) || (name === "app/pages.ts" && to.startsWith("features/"));
      expect(allowed, `${name} must not import ${target}: ${rule?.because ?? ""}`).toBe(true);
    }
  });

  test("features use the app's state and addresses, not its screens", () => {
    for (const name of files.filter((file) => file.startsWith("features/"))) {
      for (const target of importsOf(name)) {
        expect(target.startsWith("app/") && files.includes(target), `${name} imports ${target}`).toBe(false);
      }
    }
  });

  test("pages are loaded when somebody goes there", () => {
    const source = readFileSync(join(root, "app/pages.ts"), "utf8");
    expect(source).not.toMatch(/from\s+["'].*features\//);
  });
});

describe("habits", () => {
  test.each(files)("%s", (name) => {
    const source = readFileSync(join(root, name), "utf8");
    const lines = source.split("\n");
    if (!lines[0]?.startsWith("// Code generated")) expect(lines.length, "one idea a file").toBeLessThan(501);
    if (name.endsWith(".svelte")) {
      expect(source, "the policy of the page forbids style attributes: use style:property").not.toMatch(/\sstyle=/);
      expect(source, "a component begins with what it is for").toMatch(/^<!--/);
      expect(source, "nothing is read as HTML").not.toMatch(/\{@html/);
    }
    if (name.endsWith(".ts") && !name.endsWith(".test.ts")) expect(source).not.toMatch(/\b(innerHTML|outerHTML|insertAdjacentHTML|eval|document\.write)\b/);
    if (!name.endsWith(".test.ts") && !name.startsWith("gallery/")) expect(source, "no other origin").not.toMatch(/["'(]https?:\/\/(?!www\.w3\.org)/);
    // Colours live in the tokens; QR codes are dark on white in every theme.
    if (name.endsWith(".svelte") && !name.startsWith("gallery/") && !name.includes("Qr")) {
      const stray = source.match(/#[0-9a-f]{6}\b/gi) ?? [];
      expect(stray, "colours are tokens").toEqual([]);
    }
  });
});
