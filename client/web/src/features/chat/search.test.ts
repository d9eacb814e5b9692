import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Found } from "../../api/generated";
import { change, channel, Fake, me, message, Refused, settle, workspace } from "./fake.testing";
import { Pins } from "./pins.svelte";
import { Quotes } from "./quotes.svelte";
import { noFilters, piecesOf, queryOf, Search, searchRest } from "./search.svelte";
import { ThreadView } from "./thread.svelte";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const found = (id: string): Found => ({ channel, message: id, author: me, at: 0, text: id, marks: [], doubts: [] });

test("words and filters become one query, the words last", () => {
  expect(queryOf(" crane ", noFilters)).toBe("crane");
  expect(queryOf("crane", { from: "u_1", in: "s_1", after: "2026-01-01", before: "2026-02-01", link: true })).toBe("from:u_1 in:s_1 after:2026-01-01 before:2026-02-01 has:link crane");
  expect(queryOf("", { ...noFilters, from: "u_1" })).toBe("from:u_1");
});

describe("searching", () => {
  test("waits for a rest, and shows the answer to the newest question only", async () => {
    const waiting = new Map<string, (list: Found[]) => void>();
    const api = new Fake({ "search.messages": (p) => new Promise((resolve) => void waiting.set(p.query, (list) => resolve({ found: list }))) });
    const search = new Search(api, workspace, null);
    search.words = "c";
    search.words = "cr";
    await vi.advanceTimersByTimeAsync(searchRest);
    search.words = "crane";
    await vi.advanceTimersByTimeAsync(searchRest);
    expect([...waiting.keys()]).toEqual(["cr", "crane"]);
    waiting.get("crane")?.([found("new")]);
    await settle();
    waiting.get("cr")?.([found("old")]);
    await settle();
    expect(search.found.map((one) => one.message)).toEqual(["new"]);
    expect(search.status).toBe("done");
  });

  test("an empty question has no answer; the choice stays within the results", async () => {
    const api = new Fake({ "search.messages": () => ({ found: [found("a"), found("b")] }) });
    const search = new Search(api, workspace, channel);
    search.words = "x";
    await search.run();
    search.move(1);
    search.move(1);
    expect(search.chosen).toBe(1);
    search.move(-1);
    search.move(-1);
    expect(search.chosen).toBe(0);
    search.words = "  ";
    await search.run();
    expect(search.status).toBe("idle");
    expect(search.found).toEqual([]);
  });

  test("a refusal is told", async () => {
    const api = new Fake({
      "search.messages": () => {
        throw new Refused("too_large", "Too long.");
      },
    });
    const search = new Search(api, workspace, null);
    search.words = "x";
    await search.run();
    expect(search.status).toBe("failed");
    expect(search.refusal?.sentence).toBe("Too long.");
  });
});

describe("the piece of a text that is shown", () => {
  const draw = (text: string, marks: { start: number; end: number }[]) => piecesOf({ text, marks }).map((piece) => (piece.marked ? `[${piece.text}]` : piece.text)).join("");
  test.each([
    ["the crane", [{ start: 4, end: 9 }], "the [crane]"],
    ["ab", [{ start: 0, end: 1 }, { start: 1, end: 2 }], "[a][b]"],
    ["abc", [], "abc"],
    ["abc", [{ start: 2, end: 9 }, { start: 2, end: 1 }], "abc"],
  ])("%s", (text, marks, want) => expect(draw(text, marks)).toBe(want));

  test("is around the first mark of a long one", () => {
    const text = `${"word ".repeat(200)}crane${" tail".repeat(100)}`;
    const drawn = draw(text, [{ start: 1000, end: 1005 }]);
    expect(drawn).toContain("[crane]");
    expect(drawn.length).toBeLessThan(300);
    expect(drawn.startsWith("…word")).toBe(true);
  });
});

test("what a message answers to is read once, and told when it cannot be", async () => {
  const api = new Fake();
  api.messages = [message(1), message(2)];
  const quotes = new Quotes(api, { workspace, channel });
  const [first] = api.messages;
  expect(quotes.get("e_1", first ? [first] : [])).toBe(first);
  quotes.ask("e_2");
  quotes.ask("e_2");
  quotes.ask("e_none");
  await settle();
  expect(api.called("messages.around")).toHaveLength(2);
  expect(quotes.get("e_2", [])?.seq).toBe(2);
  expect(quotes.get("e_none", [])).toBeNull();
});

test("a thread follows, and what is written in it shows at once", async () => {
  const api = new Fake({ "messages.post": () => ({ id: "e_9", seq: 9 }) });
  let replies = [message(2, { thread: "e_1" })];
  api.answers["messages.thread"] = () => ({ root: message(1), replies, pending: [] });
  const thread = new ThreadView(api, { workspace, channel, root: "e_1", me: () => me, refused: vi.fn() });
  const stop = thread.start();
  await settle();
  expect(thread.root?.id).toBe("e_1");
  const sent = thread.send({ text: "here", replyTo: null, mentions: [] });
  const texts = () => thread.rows.flatMap((row) => (row.kind === "message" ? [row.message.text] : []));
  expect(texts()).toEqual(["message 2", "here"]);
  replies = [...replies, message(9, { author: me, text: "here", thread: "e_1" })];
  await sent;
  expect(texts()).toEqual(["message 2", "here"]);
  expect(api.called("messages.post")[0]).toMatchObject({ thread: "e_1" });
  stop();
});

test("a pin that is taken away is gone at once, and back when that is refused", async () => {
  const api = new Fake({ "messages.pinned": () => ({ messages: [message(1, { pinned: true })] }) });
  const pins = new Pins(api, { workspace, channel });
  pins.start();
  await settle();
  api.answers["messages.pin"] = () => {
    throw new Error("no");
  };
  const [pin] = pins.list;
  if (!pin) throw new Error("no pin");
  const done = pins.unpin(pin);
  expect(pins.list).toEqual([]);
  await expect(done).rejects.toThrow();
  expect(pins.list).toHaveLength(1);
  api.tell(change("messages"));
  await settle();
  expect(pins.status).toBe("ready");
});
