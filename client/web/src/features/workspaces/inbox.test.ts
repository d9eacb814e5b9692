import { expect, test } from "vitest";
import type { Change, Channel, Person } from "../../api/generated";
import type { Api } from "../../app/engine";
import { Inbox } from "./inbox.svelte";
import { problemOf, readLink } from "./workspace.svelte";

const channel = (id: string, more: Partial<Channel>): Channel => ({ id, kind: "open", name: id, topic: "", archived: false, members: ["u_me", "u_ann"], unread: 0, mentions: 0, draft: false, last: 1, waiting: 0, stopped: false, mayChange: false, ...more });
const person = (user: string, more: Partial<Person>) => ({ user, name: user, role: "member", pending: false, self: user === "u_me", ...more }) as Person;

class Fake implements Api {
  channels: Channel[] = [];
  people: Person[] = [person("u_me", { role: "admin" }), person("u_ann", {})];
  muted = "";
  items: unknown[] = [];
  readonly calls: [string, unknown][] = [];
  #listeners = new Set<(change: Change) => void>();

  call(name: string, params: unknown): Promise<never> {
    this.calls.push([name, params]);
    const answers: Record<string, unknown> = { "channels.list": { channels: this.channels }, "people.list": { people: this.people }, "settings.get": { values: { muted: this.muted }, strict: false }, "messages.window": { head: 9 }, "inbox.list": { items: this.items, more: false } };
    return Promise.resolve((answers[name] ?? {}) as never);
  }

  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(change: Partial<Change>): void {
    for (const listener of this.#listeners) listener({ kind: "channels", workspace: "w_1", channel: null, user: null, typing: false, presence: "", notify: "", ...change });
  }
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

async function opened(api: Fake): Promise<Inbox> {
  const inbox = new Inbox(api, "w_1");
  inbox.start();
  await settled();
  return inbox;
}

test("what asks for the user stands first, the newest first", async () => {
  const api = new Fake();
  api.channels = [channel("quiet", {}), channel("busy", { unread: 4 }), channel("named", { unread: 3, mentions: 1, last: 5 }), channel("later", { mentions: 2, last: 7 }), channel("ann", { kind: "direct", unread: 2 }), channel("old", { unread: 1, archived: true })];
  const inbox = await opened(api);
  expect(inbox.mentions.map((one) => one.channel.id)).toEqual(["later", "named"]);
  expect(inbox.direct.map((one) => one.others.map((other) => other.user))).toEqual([["u_ann"]]);
  expect(inbox.unread.map((one) => one.channel.id)).toEqual(["busy"]);
  expect(inbox.count).toBe(5);
});

test("the newest message that waits is shown without its marks, and only of this workspace", async () => {
  const api = new Fake();
  api.channels = [channel("named", { mentions: 1 }), channel("other", { mentions: 1 })];
  const message = { id: "e_1", author: "u_ann", text: "**Look** at this", at: 5, deletedBy: null, erased: false };
  api.items = [{ workspace: "w_1", channel: "named", reason: "mention", message }, { workspace: "w_2", channel: "other", reason: "mention", message }];
  const inbox = await opened(api);
  expect(inbox.mentions.map((one) => one.newest)).toEqual([{ author: "u_ann", message: "e_1", words: "Look at this", at: 5 }, null]);
});

test("a pasted link leads to the invite's page, or is said to be none", () => {
  const here = "https://c.example";
  expect(readLink(` ${here}/i#abcdefghijklmnop `, here)).toEqual({ kind: "here", address: "/i#abcdefghijklmnop" });
  expect(readLink("https://other.example/i#abcdefghijklmnop", here)).toEqual({ kind: "elsewhere", host: "other.example" });
  for (const wrong of ["", "javascript:alert(1)/i#abcdefghijklmnop", `${here}/x/i#abcdefghijklmnop`, `${here}/i#`, `${here}/i#${"x".repeat(600)}`]) expect(readLink(wrong, here)).toEqual({ kind: "none" });
});

test("muted channels are silent, but not when the user is named", async () => {
  const api = new Fake();
  api.muted = "loud named";
  api.channels = [channel("loud", { unread: 9 }), channel("named", { mentions: 1 })];
  const inbox = await opened(api);
  expect([inbox.unread.length, inbox.mentions.length]).toEqual([0, 1]);
});

test("only those who decide are asked about people who wait", async () => {
  const api = new Fake();
  api.people = [person("u_me", { role: "admin" }), person("u_new", { role: "", pending: true })];
  expect((await opened(api)).pending.map((one) => one.user)).toEqual(["u_new"]);
  api.people = [person("u_me", { role: "member" }), person("u_new", { role: "", pending: true })];
  const inbox = await opened(api);
  expect([inbox.pending.length, inbox.empty]).toEqual([0, true]);
});

test("it is read again when its own workspace changes, and by marking all as read", async () => {
  const api = new Fake();
  const inbox = await opened(api);
  const reads = () => api.calls.filter(([name]) => name === "channels.list").length;
  api.tell({ workspace: "w_2" });
  await settled();
  expect(reads()).toBe(1);
  api.channels = [channel("busy", { unread: 4 })];
  api.tell({});
  await settled();
  expect([reads(), inbox.unread.length]).toEqual([2, 1]);
  expect(await inbox.markAll()).toBeNull();
  expect(api.calls).toContainEqual(["channels.markRead", { workspace: "w_1", channel: "busy", seq: 9 }]);
});

test("names are bounded in octets, as the engine counts", () => {
  expect([problemOf("  "), problemOf("é".repeat(100)), problemOf("é".repeat(101))]).toEqual(["needed", null, "tooLong"]);
});
