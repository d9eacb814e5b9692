import { expect, test } from "vitest";
import { hueOf, initials } from "./identity";

test("initials", () => {
  expect(initials("Amélie Durand")).toBe("AD");
  expect(initials("jean-pierre")).toBe("JP");
  expect(initials("Bob")).toBe("B");
  expect(initials("  Édith  de la Tour ")).toBe("ÉT");
  expect(initials("陳 大文")).toBe("陳大");
  expect(initials("👩‍🚀")).toBe("👩‍🚀");
  expect(initials("")).toBe("?");
});

test("a hue follows from the id and spreads over all hues", () => {
  expect(hueOf("u_abc")).toBe(hueOf("u_abc"));
  const seen = new Set<number>();
  for (let i = 0; i < 400; i++) {
    const hue = hueOf(`u_${i.toString(32)}`);
    expect(hue).toBeGreaterThanOrEqual(0);
    expect(hue).toBeLessThan(360);
    seen.add(hue);
  }
  expect(seen.size).toBe(12);
});
