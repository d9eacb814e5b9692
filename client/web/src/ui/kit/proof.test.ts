import { expect, test } from "vitest";
import { isGroup, twoPlaces } from "./proof";

test("two different places, in order, all of them in time", () => {
  const seen = new Set<string>();
  for (let first = 0; first < 8; first++) {
    for (let second = 0; second < 7; second++) {
      const draws = [first, second];
      const [a, b] = twoPlaces(8, () => draws.shift() ?? 0);
      expect(a).toBeLessThan(b);
      expect(b).toBeLessThan(8);
      seen.add(`${a} ${b}`);
    }
  }
  expect(seen.size).toBe(28);
});

test("a group is known however it is typed, and no other one is", () => {
  const groups = ["NC00", "41ZP"];
  expect(isGroup(groups, 0, " nco0 ")).toBe(true);
  expect(isGroup(groups, 1, "4lzp")).toBe(true);
  expect(isGroup(groups, 0, "41ZP")).toBe(false);
  expect(isGroup(groups, 0, "")).toBe(false);
  expect(isGroup(groups, 5, "")).toBe(false);
});
