import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { en, fr, sentence } from "./format";
import { format, locale, preferred, texts } from "./index";

afterEach(() => {
  locale.setting = "auto";
});

test("the language is the chosen one, else the browser's first that there is", () => {
  expect(preferred(["de-DE", "fr-CA", "en"])).toBe("fr");
  expect(preferred(["de"])).toBe("en");
  expect(preferred([])).toBe("en");
  const text = texts({ en: { hello: "Hello" }, fr: { hello: "Bonjour" } });
  locale.setting = "fr";
  expect(text().hello).toBe("Bonjour");
  expect(format().language).toBe("fr");
  locale.setting = "en";
  expect(text().hello).toBe("Hello");
});

test("plurals and numbers", () => {
  const forms = { one: "# personne", other: "# personnes", many: "# de personnes" };
  expect(fr.plural(0, forms)).toBe("0 personne");
  expect(fr.plural(1, forms)).toBe("1 personne");
  expect(fr.plural(2, forms)).toBe("2 personnes");
  expect(fr.plural(12_000, forms).replace(/\s/gu, " ")).toBe("12 000 personnes");
  expect(en.plural(0, { one: "# person", other: "# people" })).toBe("0 people");
  expect(en.plural(0, { zero: "nobody", one: "# person", other: "# people" })).toBe("nobody");
  expect(en.and(["a", "b", "c"])).toBe("a, b and c");
  expect(fr.and(["a", "b"])).toBe("a et b");
  expect(fr.bytes(4_200_000).replace(/\s/gu, " ")).toBe("4,2 Mo");
});

test("dates", () => {
  const now = new Date(2026, 2, 11, 12).getTime();
  const day = 86_400_000;
  expect(en.day(now, now)).toBe("today");
  expect(fr.day(now - day, now)).toBe("hier");
  expect(fr.day(now - 3 * day, now)).toBe("dimanche");
  expect(en.day(now - 400 * day, now)).toBe("4 February 2025");
  expect(en.time(new Date(2026, 2, 11, 9, 5).getTime())).toBe("09:05");
  expect(en.ago(now - 5 * 60_000, now)).toBe("5 minutes ago");
  expect(en.ago(now - 5_000, now)).toBe("now");
  expect(fr.ago(now - 2 * day, now)).toBe("avant-hier");
  expect(sentence("écrire")).toBe("Écrire");
});

interface Pair {
  folder: string;
  en: Record<string, unknown>;
  fr: Record<string, unknown>;
}

const root = join(import.meta.dirname, "..");
const folders = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith("text.en.ts"))
  .map((name) => name.slice(0, -"text.en.ts".length));
const modules = import.meta.glob<Record<string, unknown>>("../**/text.{en,fr}.ts", { eager: true });

function load(folder: string): Pair {
  const of = (language: string) => {
    const found = modules[`../${folder}text.${language}.ts`]?.[language];
    expect(found, `${folder}text.${language}.ts exports ${language}`).toBeTypeOf("object");
    return found as Record<string, unknown>;
  };
  return { folder, en: of("en"), fr: of("fr") };
}

/** Every text of one language by its path; functions are called with what they may be given. */
function flatten(value: unknown, path: string, out: Map<string, string>): Map<string, string> {
  if (typeof value === "string") out.set(path, value);
  else if (typeof value === "function") {
    for (const n of [0, 1, 2, 1_000_000]) {
      let said: unknown;
      try {
        said = (value as (...args: unknown[]) => unknown)(n, n, n);
      } catch {
        said = (value as (...args: unknown[]) => unknown)(String(n), String(n), String(n));
      }
      out.set(`${path}(${n})`, String(said));
    }
  } else if (value !== null && typeof value === "object") {
    for (const [key, inner] of Object.entries(value)) flatten(inner, `${path}.${key}`, out);
  }
  return out;
}

describe.each(folders)("%s", (folder) => {
  test("says the same things in both languages", () => {
    const pair = load(folder);
    const inEnglish = flatten(pair.en, "", new Map());
    const inFrench = flatten(pair.fr, "", new Map());
    expect([...inFrench.keys()].sort()).toEqual([...inEnglish.keys()].sort());
    for (const [path, text] of [...inEnglish, ...inFrench]) {
      expect(text.trim(), path).not.toBe("");
      expect(text, path).not.toMatch(/undefined|\[object|NaN/);
      expect(text, `${path}: no exclamation marks`).not.toContain("!");
      expect(text, `${path}: typographic apostrophes`).not.toMatch(/\p{L}'\p{L}/u);
    }
    for (const [path, text] of inFrench) {
      expect(text, `${path}: a no-break space goes before : ; ? » and after «`).not.toMatch(/[^\u00A0\u202F][:;?»](\s|$)|«[^\u00A0\u202F]/u);
    }
  });
});

test("every folder with texts is compared", () => {
  expect(folders.length).toBeGreaterThan(1);
  for (const folder of folders) expect(readFileSync(join(root, folder, "text.fr.ts"), "utf8")).toContain("Messages");
});
