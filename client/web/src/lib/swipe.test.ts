import { expect, test } from "vitest";
import { isBack } from "./swipe";

test("far or fast to the right is back, all else is not", () => {
  expect(isBack({ dx: 200, dy: 10, speed: 0.1, width: 390 })).toBe(true);
  expect(isBack({ dx: 60, dy: 10, speed: 1, width: 390 })).toBe(true);
  expect(isBack({ dx: 60, dy: 10, speed: 0.1, width: 390 })).toBe(false);
  expect(isBack({ dx: 20, dy: 0, speed: 2, width: 390 })).toBe(false);
  expect(isBack({ dx: -200, dy: 0, speed: 1, width: 390 })).toBe(false);
  expect(isBack({ dx: 200, dy: 190, speed: 1, width: 390 })).toBe(false);
});
