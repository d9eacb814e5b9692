import { expect, test } from "vitest";
import { estimate, randomBelow, suggest } from "./passphrase";

test.each([
  ["", "none"],
  ["a1!", "short"],
  ["password", "weak"],
  ["azerty123", "weak"],
  ["aaaaaaaaaaaaaaaa", "weak"],
  ["motdepasse2024", "weak"],
  ["Soleil!1987", "weak"],
  ["abcdefghijkl", "weak"],
  ["vert cheval", "weak"],
  ["vert cheval lampe douze", "good"],
  ["la pluie tombait hier", "good"],
  ["correct horse battery staple", "good"],
  ["xK9#vT2$qL7w", "good"],
] as const)("%s is %s", (passphrase, level) => {
  expect(estimate(passphrase).level, String(estimate(passphrase).bits)).toBe(level);
});

test("what is known of the person counts for nothing", () => {
  const free = estimate("amelie durand lyon");
  const known = estimate("amélie durand lyon", ["Amélie Durand", "a.durand@example.org"]);
  expect(known.bits).toBeLessThan(free.bits - 10);
});

test("a longer one is never easier to guess", () => {
  const text = "the rain fell 42 times on the grey-blue roofs of sete";
  let last = 0;
  for (let i = 1; i <= text.length; i += 6) {
    const { bits } = estimate(text.slice(0, i));
    expect(bits).toBeGreaterThanOrEqual(last - 3);
    last = bits;
  }
});

test("what is suggested is good, and another one every time", () => {
  const all = new Set(Array.from({ length: 50 }, () => suggest()));
  expect(all.size).toBe(50);
  for (const one of all) {
    expect(one).toMatch(/^[a-z]{6}(-[a-z]{6}){3}$/);
    expect(estimate(one).level).not.toBe("weak");
  }
});

test("numbers below a bound are even", () => {
  const counts = new Array<number>(15).fill(0);
  for (let i = 0; i < 6000; i++) {
    const n = randomBelow(15);
    counts[n] = (counts[n] ?? 0) + 1;
  }
  expect(Math.min(...counts)).toBeGreaterThan(250);
  expect(Math.max(...counts)).toBeLessThan(560);
});
