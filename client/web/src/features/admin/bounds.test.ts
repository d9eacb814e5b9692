import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { accepted, judge, least, papers } from "./accent";
import { bounds } from "./branding.svelte";
import { maxLogo, maxLogoSide } from "./logo";
import { boundOf, countOf, valueOf } from "./quota";

const root = join(import.meta.dirname, "..", "..");

test("the papers are those of the tokens", () => {
  const found = /--paper: light-dark\(#(\w{6}), #(\w{6})\)/.exec(readFileSync(join(root, "ui", "tokens.css"), "utf8"));
  const hex = (rgb: readonly number[]) => rgb.map((value) => value.toString(16).padStart(2, "0")).join("").toUpperCase();
  expect([hex(papers.light), hex(papers.dark)]).toEqual([found?.[1], found?.[2]]);
});

test("the bounds are those of the server", () => {
  const limits = readFileSync(join(root, "..", "..", "..", "schema", "limits.go"), "utf8");
  const limit = (name: string) => {
    const [, value = "", shift = "0"] = new RegExp(`\\b${name} = (\\d+)(?: << (\\d+))?`).exec(limits) ?? [];
    return Number(value) * 2 ** Number(shift);
  };
  expect([bounds.name, bounds.welcome, bounds.legal, maxLogo, maxLogoSide]).toEqual(["MaxName", "MaxWelcome", "MaxLegal", "MaxLogo", "MaxLogoSide"].map(limit));
});

test("an accent is judged on the paper of its theme", () => {
  expect(judge("", "light")).toEqual({ kind: "none" });
  expect(judge("red", "light")).toEqual({ kind: "unknown" });
  expect(judge("1F7A72", "light")).toMatchObject({ kind: "fine", colour: "#1f7a72" });
  expect(judge("#1f7a72", "dark").kind).toBe("unreadable");
  expect(judge("#5cc2b6", "dark").kind).toBe("fine");
});

test("what is refused comes with the nearest that can be read", () => {
  for (const paper of ["light", "dark"] as const) {
    for (const colour of ["#ffff00", "#222222", "#808080", "#ff0000", "#fbfaf7", "#10161c"]) {
      const verdict = judge(colour, paper);
      if (verdict.kind !== "unreadable") continue;
      expect(accepted(verdict)).toBeNull();
      const instead = judge(verdict.instead, paper);
      expect(instead.kind === "fine" && instead.ratio >= least, `${colour} on ${paper}`).toBe(true);
    }
  }
});

test("bounds as people write them", () => {
  expect(valueOf({ mode: "start", amount: "", unit: "GB" })).toBe(0);
  expect(valueOf({ mode: "none", amount: "x", unit: "GB" })).toBe(-1);
  expect(valueOf({ mode: "limit", amount: "1,5", unit: "TB" })).toBe(1.5e12);
  for (const amount of ["", "0", "-1", "1e9", "1.2.3", "99999999999999999", "0.0000001"]) expect(valueOf({ mode: "limit", amount, unit: "MB" }), amount).toBeNull();
  expect(countOf({ mode: "limit", amount: "2.5", unit: "GB" })).toBeNull();
  for (const value of [0, -1, 1, 1_000_000, 1_500_000_000, 10 * 2 ** 30, 3e12]) expect(valueOf(boundOf(value)), String(value)).toBe(value);
});
