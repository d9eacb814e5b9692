import { describe, expect, test } from "vitest";
import { askedAt, complete, inCode, isWritable, mentionOf } from "./completion";

/** The caret stands at |. */
function at(marked: string) {
  return askedAt(marked.replace("|", ""), marked.indexOf("|"));
}

describe("what is asked for", () => {
  test.each([
    ["@|", "person", ""],
    ["hi @am|", "person", "am"],
    ["hi @amélie du|", "person", "amélie du"],
    ['hi @"amélie du|', "person", "amélie du"],
    ["(@a|", "person", "a"],
    ["see #gen|", "channel", "gen"],
    [":sm|", "emoji", "sm"],
    ["ok :+1|", "emoji", "+1"],
    ["a\n@b|", "person", "b"],
  ])("%s", (marked, kind, query) => expect(at(marked)).toMatchObject({ kind, query }));

  test.each(["a@b|", "10:30|", ":)|", "x :s|", "# Title|", "`@am|", "```\n@am|", "http://x|", "@a b c|", "|@am"])("nothing: %s", (marked) => expect(at(marked)).toBeNull());
});

test("code is where nothing is a name", () => {
  expect(inCode("a `b", 4)).toBe(true);
  expect(inCode("a `b` c", 7)).toBe(false);
  expect(inCode("```\nx\n```\ny", 11)).toBe(false);
});

test("names are written as the engine finds them", () => {
  expect(mentionOf("bruno")).toBe("@bruno");
  expect(mentionOf("Élise")).toBe("@Élise");
  expect(mentionOf("Amélie Durand")).toBe('@"Amélie Durand"');
  expect(mentionOf("O’Neil")).toBe('@"O’Neil"');
  // The engine takes these signs off the end of a bare name.
  expect(mentionOf("Jr.")).toBe('@"Jr."');
  expect(isWritable('a "b"')).toBe(false);
  expect(isWritable("x".repeat(201))).toBe(false);
  expect(isWritable("")).toBe(false);
});

test("a choice takes the place of what was typed", () => {
  const asked = at("hi @am|");
  expect(asked && complete("hi @am", asked, 6, '@"Amélie Durand"')).toEqual({ text: 'hi @"Amélie Durand" ', start: 20, end: 20 });
  const middle = at("hi @am| there");
  expect(middle && complete("hi @am there", middle, 6, "@bruno")).toEqual({ text: "hi @bruno there", start: 10, end: 10 });
});
