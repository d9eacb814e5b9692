import { expect, test } from "vitest";
import { contrast, formatColour, parseColour, readable } from "./colour";

test("colours are read and written", () => {
  expect(parseColour("#1F7a72")).toEqual([31, 122, 114]);
  expect(formatColour([31, 122, 114])).toBe("#1f7a72");
  for (const bad of ["", "red", "#fff", "#12345g", "#1234567", "url(x)"]) expect(parseColour(bad), bad).toBeNull();
});

test("contrast is that of WCAG", () => {
  expect(contrast([0, 0, 0], [255, 255, 255])).toBeCloseTo(21);
  expect(contrast([119, 119, 119], [255, 255, 255])).toBeCloseTo(4.48, 2);
});

test("a colour moves as far as it has to", () => {
  const white = [255, 255, 255] as const;
  const black = [0, 0, 0] as const;
  expect(readable([0, 0, 128], [white], 7, black)).toEqual([0, 0, 128]);
  for (const hex of ["#ffff00", "#ff8800", "#00ffcc", "#ffffff"]) {
    const colour = parseColour(hex) ?? black;
    expect(contrast(readable(colour, [white], 7, black), white), hex).toBeGreaterThanOrEqual(7);
    expect(contrast(readable(colour, [black], 7, white), black), hex).toBeGreaterThanOrEqual(7);
  }
});
