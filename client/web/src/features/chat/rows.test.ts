import { describe, expect, test } from "vitest";
import type { Message } from "../../api/generated";
import { me, message, other } from "./fake.testing";
import { arrange, keep, type Entry, type Row } from "./rows";

const at = (day: number, hour: number, minute = 0) => new Date(2026, 2, day, hour, minute).getTime();
const entry = (m: Message): Entry => ({ key: m.id, message: m, state: "sent", echo: null });

/** Rows as one line: days are |, the mark of unread is *, heads are capital. */
function draw(rows: readonly Row[]): string {
  return rows.map((row) => (row.kind === "day" ? "|" : row.kind === "unread" ? "*" : row.head ? "M" : "m")).join("");
}

const line = (messages: Message[], unreadAfter: number | null = null) => draw(arrange(messages.map(entry), { me, unreadAfter }));

describe("groups", () => {
  const first = message(1, { at: at(1, 9) });
  test.each([
    ["one author goes on", [first, message(2, { at: at(1, 9, 4) }), message(3, { at: at(1, 9, 8) })], "|Mmm"],
    ["another author begins", [first, message(2, { at: at(1, 9, 1), author: me })], "|MM"],
    ["after five minutes one begins again", [first, message(2, { at: at(1, 9, 5) })], "|MM"],
    ["an answer begins", [first, message(2, { at: at(1, 9, 1), replyTo: "e_1" })], "|MM"],
    ["a deletion ends a group", [first, message(2, { at: at(1, 9, 1), deletedBy: other }), message(3, { at: at(1, 9, 2) })], "|MMM"],
    ["days part", [first, message(2, { at: at(2, 0) }), message(3, { at: at(2, 0, 1) })], "|M|Mm"],
    ["nothing", [], ""],
  ])("%s", (_, messages, want) => expect(line(messages)).toBe(want));

  test("E12: a wrong clock makes no day and joins no group", () => {
    expect(line([first, message(2, { at: at(20, 9), doubtful: true }), message(3, { at: at(1, 9, 2) })])).toBe("|MMM");
  });

  test("a day that comes back has a key of its own", () => {
    const rows = arrange([message(1, { at: at(1, 9) }), message(2, { at: at(2, 9) }), message(3, { at: at(1, 9) })].map(entry), { me, unreadAfter: null });
    expect(new Set(rows.map((row) => row.key)).size).toBe(rows.length);
  });
});

describe("the mark of unread", () => {
  const three = [message(1, { at: at(1, 9) }), message(2, { at: at(1, 9, 1) }), message(3, { at: at(1, 9, 2) })];
  test("stands before the first message after what was read, which begins a group", () => {
    expect(line(three, 1)).toBe("|M*Mm");
    expect(line(three, 3)).toBe("|Mmm");
    expect(line(three, null)).toBe("|Mmm");
  });
  test("is not for what the user wrote", () => {
    expect(line([three[0] ?? message(1), message(2, { at: at(1, 9, 1), author: me }), message(3, { at: at(1, 9, 2) })], 1)).toBe("|MM*M");
  });
});

test("what did not change is the same object: it is not drawn again", () => {
  const old = [message(1), message(2)];
  const fresh = keep(old, [message(1), message(2, { text: "new" }), message(3)]);
  expect(fresh[0]).toBe(old[0]);
  expect(fresh[1]).not.toBe(old[1]);
  const before = arrange(old.map(entry), { me, unreadAfter: null });
  const after = arrange(fresh.map(entry), { me, unreadAfter: null, before });
  expect(after[0]).toBe(before[0]);
  expect(after[1]).toBe(before[1]);
  expect(after[2]).not.toBe(before[2]);
});
