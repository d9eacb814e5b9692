import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { change, channel, Fake, me, message, other, Refused, settle, workspace } from "./fake.testing";
import { undoTime } from "./overlays.svelte";
import { mostHeld, pageSize, readAfter, Timeline, type TimelineOptions } from "./timeline.svelte";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const refused = vi.fn();

function open(api: Fake, more: Partial<TimelineOptions> = {}): Timeline {
  refused.mockClear();
  const timeline = new Timeline(api, { workspace, channel, me: () => me, visible: () => true, refused, ...more });
  timeline.start();
  return timeline;
}

const many = (n: number) => Array.from({ length: n }, (_, i) => message(i + 1));
const texts = (timeline: Timeline) => timeline.rows.flatMap((row) => (row.kind === "message" ? [row.message.text] : []));
const states = (timeline: Timeline) => timeline.rows.flatMap((row) => (row.kind === "message" && row.message.author === me ? [row.state] : []));
const keys = (timeline: Timeline) => timeline.rows.flatMap((row) => (row.kind === "message" ? [row.key] : []));

describe("opening", () => {
  test("at the newest message when all is read", async () => {
    const api = new Fake();
    api.messages = many(200);
    api.readUp = 200;
    const timeline = open(api);
    await timeline.open();
    expect(timeline.status).toBe("ready");
    expect(timeline.target).toEqual({ to: "end" });
    expect(timeline.messages).toHaveLength(pageSize);
    expect(timeline.atEnd).toBe(true);
    expect(timeline.rows.some((row) => row.kind === "unread")).toBe(false);
  });

  test("at the first unread one, also when it is far up", async () => {
    const api = new Fake();
    api.messages = many(500);
    api.readUp = 100;
    const timeline = open(api);
    await timeline.open();
    expect(timeline.target).toEqual({ to: "row", key: "unread", align: "start" });
    const mark = timeline.rows.findIndex((row) => row.kind === "unread");
    expect(timeline.rows[mark + 1]).toMatchObject({ message: { seq: 101 } });
    expect(timeline.atEnd).toBe(false);
  });

  test("at a message, with a mark", async () => {
    const api = new Fake();
    api.messages = many(500);
    const timeline = open(api);
    await timeline.open("e_250");
    expect(timeline.target).toEqual({ to: "row", key: "e_250", align: "center" });
    expect(timeline.highlighted).toBe("e_250");
  });

  test("a reply in a thread leads to the thread", async () => {
    const thread = vi.fn();
    const api = new Fake();
    api.answers["messages.around"] = (p) => api.window(3, p.before, p.after);
    api.messages = [...many(5), message(6, { thread: "e_3" })];
    const timeline = open(api, { thread });
    await timeline.open("e_6");
    expect(thread).toHaveBeenCalledWith("e_3");
    expect(timeline.highlighted).toBe("e_3");
  });

  test("a refusal is shown, and opening again works", async () => {
    const api = new Fake();
    const window = api.answers["messages.window"];
    api.answers["messages.window"] = () => {
      throw new Refused("not_found", "Gone.");
    };
    const timeline = open(api);
    await timeline.open();
    expect(timeline.status).toBe("failed");
    expect(timeline.refusal?.sentence).toBe("Gone.");
    if (window) api.answers["messages.window"] = window;
    await timeline.open();
    expect(timeline.status).toBe("ready");
  });
});

describe("scrolling", () => {
  test("10,000 messages, both ways: never more than the bound, never a gap", async () => {
    const api = new Fake();
    api.messages = many(10_000);
    api.readUp = 10_000;
    const timeline = open(api);
    await timeline.open();
    const whole = () => {
      expect(timeline.messages.length).toBeLessThanOrEqual(mostHeld);
      expect(timeline.messages.every((one, i) => one.seq === (timeline.messages[0]?.seq ?? 0) + i)).toBe(true);
    };
    while (!timeline.atStart) {
      expect(await timeline.older()).toBe(true);
      whole();
    }
    expect(timeline.messages[0]?.seq).toBe(1);
    expect(await timeline.older()).toBe(false);
    while (!timeline.atEnd) {
      expect(await timeline.newer()).toBe(true);
      whole();
    }
    expect(timeline.messages.at(-1)?.seq).toBe(10_000);
  });

  test("loads at the same moment do not cross", async () => {
    const api = new Fake();
    api.messages = many(1000);
    const timeline = open(api);
    await timeline.open("e_500");
    await Promise.all([timeline.older(), timeline.newer(), timeline.refresh(), timeline.older()]);
    timeline.messages.forEach((one, i) => expect(one.seq).toBe((timeline.messages[0]?.seq ?? 0) + i));
  });

  test("what comes while somebody reads further up is counted, and does not move the window", async () => {
    const api = new Fake();
    api.messages = many(100);
    api.readUp = 100;
    const timeline = open(api);
    await timeline.open();
    timeline.following = false;
    const first = timeline.messages[0];
    api.messages = [...api.messages, message(101), message(102, { author: me }), message(103)];
    api.tell(change("messages"));
    await settle();
    expect(timeline.messages[0]).toBe(first);
    expect(timeline.news).toBe(2);
    await timeline.toEnd();
    expect(timeline.target).toEqual({ to: "end" });
  });
});

describe("sending", () => {
  test("the echo is there at once and becomes the message, with one key throughout", async () => {
    const api = new Fake();
    let answer: (sent: { id: string; seq: number }) => void = () => undefined;
    api.answers["messages.post"] = () => new Promise((resolve) => (answer = resolve));
    const timeline = open(api);
    await timeline.open();
    const sent = timeline.send({ text: "hello", replyTo: null, mentions: [] });
    expect(texts(timeline)).toEqual(["hello"]);
    expect(states(timeline)).toEqual(["sending"]);
    const [key] = keys(timeline);
    await settle();
    api.messages = [message(1, { id: "e_new", author: me, text: "hello" })];
    answer({ id: "e_new", seq: 1 });
    await sent;
    expect(texts(timeline)).toEqual(["hello"]);
    expect(states(timeline)).toEqual(["sent"]);
    expect(keys(timeline)).toEqual([key]);
  });

  test("a message that comes before the answer to its post is not shown twice", async () => {
    const api = new Fake();
    let answer: (sent: { id: string; seq: number }) => void = () => undefined;
    api.answers["messages.post"] = () => new Promise((resolve) => (answer = resolve));
    api.messages = [message(1, { author: me, text: "same" })];
    const timeline = open(api);
    await timeline.open();
    const sent = timeline.send({ text: "same", replyTo: null, mentions: [] });
    await settle();
    api.messages = [...api.messages, message(2, { id: "e_new", author: me, text: "same" })];
    api.tell(change("messages"));
    await settle();
    expect(texts(timeline)).toEqual(["same", "same"]);
    answer({ id: "e_new", seq: 2 });
    await sent;
    expect(texts(timeline)).toEqual(["same", "same"]);
    expect(timeline.echoes.list).toHaveLength(0);
  });

  test("without the server it waits, in the engine's outbox", async () => {
    const api = new Fake({ "messages.post": () => ({ id: "e_wait", seq: 0 }) });
    const timeline = open(api);
    await timeline.open();
    api.pending = [message(0, { id: "e_wait", author: me, text: "later", pending: true })];
    await timeline.send({ text: "later", replyTo: null, mentions: [] });
    expect(texts(timeline)).toEqual(["later"]);
    expect(states(timeline)).toEqual(["waiting"]);
    api.pending = [];
    api.messages = [message(1, { id: "e_wait", author: me, text: "later" })];
    api.tell(change("messages"));
    await settle();
    expect(states(timeline)).toEqual(["sent"]);
  });

  test("a refused one stays, can be tried again and thrown away", async () => {
    const api = new Fake();
    api.answers["messages.post"] = () => {
      throw new Refused("forbidden", "Not allowed.");
    };
    const timeline = open(api);
    await timeline.open();
    await timeline.send({ text: "no", replyTo: null, mentions: [] });
    expect(states(timeline)).toEqual(["failed"]);
    const [echo] = timeline.echoes.list;
    expect(echo?.refusal?.sentence).toBe("Not allowed.");
    api.answers["messages.post"] = () => ({ id: "e_1", seq: 0 });
    await timeline.echoes.retry(echo?.key ?? "");
    expect(states(timeline)).toEqual(["waiting"]);
    timeline.echoes.discard(echo?.key ?? "");
    expect(timeline.echoes.list, "only what was refused is thrown away").toHaveLength(1);
  });

  test("from further up it goes to the end", async () => {
    const api = new Fake({ "messages.post": () => ({ id: "e_x", seq: 501 }) });
    api.messages = many(500);
    const timeline = open(api);
    await timeline.open("e_10");
    expect(timeline.atEnd).toBe(false);
    await timeline.send({ text: "x", replyTo: null, mentions: [] });
    expect(timeline.atEnd).toBe(true);
    expect(timeline.target).toEqual({ to: "end" });
  });
});

describe("changes", () => {
  test("a reaction shows at once and is taken back when it is refused", async () => {
    const api = new Fake();
    api.messages = [message(1)];
    let refuse: (error: unknown) => void = () => undefined;
    api.answers["messages.react"] = () => new Promise((_, reject) => (refuse = reject));
    const timeline = open(api);
    await timeline.open();
    const done = timeline.overlays.react(message(1), "👍", true, me);
    const shown = () => timeline.rows.flatMap((row) => (row.kind === "message" ? row.message.reactions : []));
    expect(shown()).toEqual([{ emoji: "👍", users: [me] }]);
    await settle();
    refuse(new Refused("forbidden", "No."));
    expect(await done).toBe(false);
    expect(shown()).toEqual([]);
    expect(refused).toHaveBeenCalledOnce();
  });

  test("an edit shows at once, with the text of before", async () => {
    const api = new Fake();
    api.messages = [message(1, { author: me, text: "old" })];
    const timeline = open(api);
    await timeline.open();
    const done = timeline.overlays.edit(message(1, { author: me, text: "old" }), "new", []);
    const row = timeline.rows.find((one) => one.kind === "message");
    expect(row?.kind === "message" && row.message.text).toBe("new");
    expect(row?.kind === "message" && row.message.versions.map((version) => version.text)).toEqual(["old", "new"]);
    await done;
  });

  test("a deletion can be undone for a while, then it is sent", async () => {
    const api = new Fake();
    api.messages = [message(1), message(2)];
    const timeline = open(api);
    await timeline.open();
    timeline.overlays.delete("e_1");
    timeline.overlays.delete("e_2");
    expect(timeline.overlays.isDeleting("e_1")).toBe(true);
    timeline.overlays.keep("e_1");
    await vi.advanceTimersByTimeAsync(undoTime + 1);
    expect(api.called("messages.delete")).toEqual([{ workspace, channel, message: "e_2" }]);
    expect(timeline.overlays.isDeleting("e_2")).toBe(false);
  });

  test("who leaves sends what waits to be deleted", async () => {
    const api = new Fake();
    api.messages = [message(1)];
    const timeline = new Timeline(api, { workspace, channel, me: () => me, visible: () => true, refused });
    const stop = timeline.start();
    await timeline.open();
    timeline.overlays.delete("e_1");
    stop();
    await settle();
    expect(api.called("messages.delete")).toHaveLength(1);
  });
});

describe("the read marker", () => {
  async function reading(visible: { now: boolean }) {
    const api = new Fake();
    api.messages = many(50);
    api.readUp = 10;
    const timeline = open(api, { visible: () => visible.now });
    await timeline.open();
    return { api, timeline };
  }

  test("moves to what stayed in sight, and not back", async () => {
    const { api, timeline } = await reading({ now: true });
    timeline.seen("e_20");
    await vi.advanceTimersByTimeAsync(readAfter - 1);
    expect(api.called("channels.markRead")).toEqual([]);
    timeline.seen("e_22");
    await vi.advanceTimersByTimeAsync(1);
    expect(api.called("channels.markRead")).toEqual([{ workspace, channel, seq: 22 }]);
    timeline.seen("e_15");
    await vi.advanceTimersByTimeAsync(readAfter * 2);
    expect(api.called("channels.markRead")).toHaveLength(1);
  });

  test("does not move on a page that nobody sees, nor for what was read before", async () => {
    const visible = { now: false };
    const { api, timeline } = await reading(visible);
    timeline.seen("e_20");
    await vi.advanceTimersByTimeAsync(readAfter * 2);
    visible.now = true;
    timeline.seen("e_11");
    await vi.advanceTimersByTimeAsync(readAfter * 2);
    expect(api.called("channels.markRead")).toEqual([{ workspace, channel, seq: 20 }]);
  });

  test("goes to the head at the newest message, so that replies in threads count as read", async () => {
    const { api, timeline } = await reading({ now: true });
    api.messages = [...api.messages, message(51, { thread: "e_3" })];
    api.tell(change("messages"));
    await settle();
    timeline.seen("e_50");
    await vi.advanceTimersByTimeAsync(readAfter);
    expect(api.called("channels.markRead")).toEqual([{ workspace, channel, seq: 51 }]);
  });

  test("the mark of unread stays put while one reads", async () => {
    const { api, timeline } = await reading({ now: true });
    api.readUp = 50;
    api.tell(change("messages"));
    await settle();
    expect(timeline.unreadAfter).toBe(10);
    await timeline.markAllRead();
    expect(timeline.unreadAfter).toBeNull();
  });
});

test("others' messages are told, the user's own are not", async () => {
  const arrived = vi.fn();
  const api = new Fake();
  api.messages = many(3);
  const timeline = open(api, { arrived });
  await timeline.open();
  api.messages = [...api.messages, message(4, { author: me }), message(5, { author: other })];
  api.tell(change("messages"));
  await settle();
  expect(arrived).toHaveBeenCalledExactlyOnceWith([expect.objectContaining({ seq: 5 })]);
});
