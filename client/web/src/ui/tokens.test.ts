import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const css = readFileSync(join(import.meta.dirname, "tokens.css"), "utf8");

/** The light and the dark colour of a token whose values are given as #RRGGBB. */
function colours(token: string): [string, string] {
  const line = new RegExp(`^  --${token}: (.*);$`, "m").exec(css)?.[1] ?? "";
  const found = line.match(/#[0-9A-F]{6}/gi) ?? [];
  expect(found, token).toHaveLength(2);
  return found as [string, string];
}

function linear(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

function luminanceOf([r, g, b]: [number, number, number]): number {
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function luminance(hex: string): number {
  const at = (i: number) => linear(parseInt(hex.slice(i, i + 2), 16) / 255);
  return luminanceOf([at(1), at(3), at(5)]);
}

/** WCAG 2.2, contrast ratio. */
function contrast(a: number, b: number): number {
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

function luminanceOfOklch(l: number, c: number, hue: number): number {
  const h = (hue * Math.PI) / 180;
  const [a, b] = [c * Math.cos(h), c * Math.sin(h)];
  const L = (l + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const M = (l - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const S = (l - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const clamp = (x: number) => Math.max(0, Math.min(1, x));
  return luminanceOf([clamp(4.0767416621 * L - 3.3077115913 * M + 0.2309699292 * S), clamp(-1.2684380046 * L + 2.6097574011 * M - 0.3413193965 * S), clamp(-0.0041960863 * L - 0.7034186147 * M + 1.707614701 * S)]);
}

describe("contrast", () => {
  const pairs: [string, string, number][] = [];
  for (const back of ["sunken", "paper", "raised"]) {
    for (const text of ["ink", "ink-2", "accent-ink", "danger-ink", "warning-ink"]) pairs.push([text, back, 7]);
    for (const mark of ["accent", "danger", "warning", "edge"]) pairs.push([mark, back, 3]);
  }
  pairs.push(["ink", "rail", 7], ["ink-2", "rail", 4.5], ["on-accent", "accent", 4.5], ["on-danger", "danger", 4.5]);

  test.each(pairs)("%s on %s is at least %d", (front, back, least) => {
    const [f, b] = [colours(front), colours(back)];
    expect(contrast(luminance(f[0]), luminance(b[0])), "light").toBeGreaterThanOrEqual(least);
    expect(contrast(luminance(f[1]), luminance(b[1])), "dark").toBeGreaterThanOrEqual(least);
  });

  test("initials on every hue", () => {
    const values = (token: string) => [...(new RegExp(`^  --${token}: (.*);$`, "m").exec(css)?.[1] ?? "").matchAll(/oklch\(([\d.]+) ([\d.]+) var/g)].map((m) => [Number(m[1]), Number(m[2])] as const);
    const [back, ink] = [values("avatar"), values("avatar-ink")];
    expect(back).toHaveLength(2);
    for (const theme of [0, 1]) {
      for (let hue = 0; hue < 360; hue += 30) {
        const [b, f] = [back[theme] ?? [0, 0], ink[theme] ?? [0, 0]];
        expect(contrast(luminanceOfOklch(b[0], b[1], hue), luminanceOfOklch(f[0], f[1], hue)), `hue ${hue}`).toBeGreaterThanOrEqual(7);
      }
    }
  });
});
