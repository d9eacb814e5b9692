import { describe, expect, test } from "vitest";
import type { Edited } from "./completion";
import { continueLine, format, octets, type Format } from "./format";

/** The selection stands between [ and ]; a caret is []. */
function read(marked: string): Edited {
  return { text: marked.replace(/[[\]]/g, ""), start: marked.indexOf("["), end: marked.indexOf("]") - 1 };
}
function draw({ text, start, end }: Edited): string {
  return `${text.slice(0, start)}[${text.slice(start, end)}]${text.slice(end)}`;
}

describe("the toolbar", () => {
  test.each<[Format, string, string]>([
    ["bold", "a [b] c", "a **[b]** c"],
    ["bold", "a **[b]** c", "a [b] c"],
    ["italic", "[]", "*[]*"],
    ["strike", "[x]", "~~[x]~~"],
    ["code", "[x]", "`[x]`"],
    ["quote", "one\ntw[]o", "one\n> two[]"],
    ["quote", "> tw[]o", "two[]"],
    ["list", "[a\nb]", "[- a\n- b]"],
    ["numbered", "[a\nb]", "[1. a\n2. b]"],
    ["block", "[x = 1]", "```\n[x = 1]\n```"],
    ["block", "a [x]\nb", "a \n```\n[x]\n```\nb"],
  ])("%s: %s", (kind, before, after) => expect(draw(format(kind, read(before)))).toBe(after));

  test("link puts the caret where something is missing", () => {
    expect(format("link", { text: "see plans", start: 4, end: 9 })).toEqual({ text: "see [plans]()", start: 12, end: 12 });
    expect(format("link", { text: "https://a.example/x", start: 0, end: 19 })).toEqual({ text: "[](https://a.example/x)", start: 1, end: 1 });
  });
});

test("Enter goes on with a list, and an empty item ends it", () => {
  const next = (marked: string) => {
    const edited = continueLine(read(marked));
    return edited && draw(edited);
  };
  expect(next("- a[]")).toBe("- a\n- []");
  expect(next("2. a[]")).toBe("2. a\n3. []");
  expect(next("> a[]")).toBe("> a\n> []");
  expect(next("- a\n- []")).toBe("- a\n[]");
  expect(next("a[]")).toBeNull();
});

test("lengths are octets", () => {
  expect(octets("é€😀")).toBe(9);
});
