import { expect, test } from "vitest";
import { place } from "./place";

const view = { width: 1000, height: 800 };
const size = { width: 200, height: 100 };

test("on the wanted side", () => {
  expect(place({ left: 100, top: 100, width: 50, height: 20 }, size, view, "bottom-start")).toEqual({ left: 100, top: 126 });
  expect(place({ left: 400, top: 300, width: 50, height: 20 }, size, view, "top-end")).toEqual({ left: 250, top: 194 });
  expect(place({ left: 400, top: 300, width: 50, height: 20 }, size, view, "right-start")).toEqual({ left: 456, top: 300 });
});

test("on the other side when there is no room", () => {
  expect(place({ left: 100, top: 760, width: 50, height: 20 }, size, view, "bottom-start").top).toBe(654);
  expect(place({ left: 100, top: 20, width: 50, height: 20 }, size, view, "top-start").top).toBe(46);
  expect(place({ left: 900, top: 20, width: 50, height: 20 }, size, view, "right-start").left).toBe(694);
});

test("always inside the window", () => {
  expect(place({ left: 980, top: 100, width: 20, height: 20 }, size, view, "bottom-start").left).toBe(792);
  expect(place({ left: -50, top: 100, width: 20, height: 20 }, size, view, "bottom-start").left).toBe(8);
  expect(place({ left: 0, top: 0, width: 20, height: 20 }, { width: 5000, height: 5000 }, view, "bottom-start")).toEqual({ left: 8, top: 8 });
});
