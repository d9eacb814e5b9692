import { expect, test } from "vitest";
import { rove } from "./focus";

test("arrows move and stop at the ends", () => {
  expect(rove("ArrowDown", 0, 3, false)).toBe(1);
  expect(rove("ArrowDown", 2, 3, false)).toBe(2);
  expect(rove("ArrowUp", 0, 3, false)).toBe(0);
  expect(rove("Home", 2, 3, false)).toBe(0);
  expect(rove("End", 0, 3, false)).toBe(2);
});

test("menus wrap round", () => {
  expect(rove("ArrowDown", 2, 3, true)).toBe(0);
  expect(rove("ArrowUp", 0, 3, true)).toBe(2);
});

test("keys of the other direction, and nothing to move in, do nothing", () => {
  expect(rove("ArrowRight", 0, 3, false)).toBe(-1);
  expect(rove("ArrowRight", 0, 3, false, "horizontal")).toBe(1);
  expect(rove("ArrowDown", -1, 0, false)).toBe(-1);
  expect(rove("ArrowDown", -1, 3, false)).toBe(0);
});
