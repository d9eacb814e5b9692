import { expect, test } from "vitest";
import { locale } from "../../i18n";
import { Channels } from "./channels.svelte";
import { Drafts } from "./drafts.svelte";
import { allEmoji, emojiName, findEmoji, isEmojiOnly, isOneEmoji } from "./emoji";
import { change, Fake, me, message, other, person, room, settle, workspace } from "./fake.testing";
import { People } from "./people.svelte";
import { RecentEmoji } from "./recent.svelte";

async function people(list = [person(me, "Moi"), person(other, "Amélie Durand"), person("u_b", "bruno")]) {
  const api = new Fake({ "people.list": () => ({ people: list }) });
  const known = new People(api, workspace);
  await known.refresh();
  return { api, known };
}

test("only those whom a signed message mentions are drawn as mentioned", async () => {
  const { known } = await people();
  const named = message(1, { mentions: [other], everyone: false });
  expect(known.mention(named, "amelie durand")).toEqual({ label: "Amélie Durand", self: false });
  expect(known.mention(named, "bruno"), "the text alone points at nobody").toBeNull();
  expect(known.mention(named, "everyone")).toBeNull();
  expect(known.mention(message(1, { everyone: true }), "tous")).toEqual({ label: "tous", self: true });
  expect(known.mention(message(1, { mentions: [me] }), me)).toEqual({ label: "Moi", self: true });
});

test("a name that two people have is nobody's, unless one of them is meant", async () => {
  const { known } = await people([person(me, "Moi"), person("u_1", "Camille"), person("u_2", "camille")]);
  expect(known.mention(message(1, { mentions: ["u_1", "u_2"] }), "Camille")).toBeNull();
  expect(known.mention(message(1, { mentions: ["u_2"] }), "Camille")?.label).toBe("camille");
});

test("K14: look-alikes, other keys and wrong clocks are told, gravest first", async () => {
  const { known } = await people([person(me, "Moi"), person(other, "Bruno", { looksLike: true, keyChanged: true })]);
  expect(known.doubts(message(1, { doubtful: true }))).toEqual(["keyChanged", "looksLike", "clock"]);
  expect(known.doubts(message(1, { author: me }))).toEqual([]);
  expect(known.doubts(message(1, { author: "u_gone", doubts: ["author_key_differs"] }))).toEqual(["keyChanged"]);
});

test("who is not known is shown by the id, never by nothing", async () => {
  const { known } = await people();
  expect(known.name("u_abcdefghijklmnop")).toContain("u_abcdefgh");
  expect(known.name(other)).toBe("Amélie Durand");
});

test("presence is what was told last, and fades", async () => {
  const { api, known } = await people([person(me, "Moi"), person(other, "A", { presence: "away" })]);
  known.start();
  const now = Date.now();
  expect(known.presence(other, now)).toBe("away");
  api.tell(change("presence", { user: other, presence: "online" }));
  expect(known.presence(other, now)).toBe("online");
  expect(known.presence(other, now + 11 * 60_000)).toBe("offline");
  expect(known.presence("u_none", now)).toBeUndefined();
});

async function channels() {
  const { api, known } = await people();
  const list = [room("général"), room("old", { archived: true }), room("d1", { kind: "direct", name: "", last: 1 }), room("d2", { kind: "direct", name: "", members: [me, other, "u_b"], last: 5 }), room("d3", { kind: "direct", name: "", members: [me] })];
  api.answers["channels.list"] = () => ({ channels: list });
  let muted = "";
  api.answers["settings.get"] = () => ({ values: { muted }, strict: false });
  api.answers["settings.set"] = (p) => {
    muted = p.value;
    return {};
  };
  const drafts = new Drafts(api, workspace);
  const all = new Channels(api, workspace, known, drafts);
  all.start();
  await settle();
  return { api, all, drafts, list };
}

test("channels by kind; direct conversations are called by who is in them, the liveliest first", async () => {
  const { all } = await channels();
  expect(all.status).toBe("ready");
  expect(all.rooms.map((one) => one.id)).toEqual(["général"]);
  expect(all.archived.map((one) => one.id)).toEqual(["old"]);
  expect(all.direct.map((one) => all.label(one))).toEqual(["Amélie Durand and bruno", "Amélie Durand", "Moi"]);
});

test("a draft that is begun here marks its channel at once", async () => {
  const { all, drafts, list } = await channels();
  const [general] = list;
  if (!general) throw new Error("no channel");
  expect(all.hasDraft(general)).toBe(false);
  drafts.set("général", null, "x");
  expect(all.hasDraft(general)).toBe(true);
  expect(all.hasDraft({ ...general, id: "other", draft: true })).toBe(true);
});

test("muting shows at once and is taken back when it is refused", async () => {
  const { api, all } = await channels();
  await all.setMuted("général", true);
  expect(all.isMuted("général")).toBe(true);
  api.answers["settings.set"] = () => {
    throw new Error("full");
  };
  await expect(all.setMuted("old", true)).rejects.toThrow();
  expect(all.isMuted("old")).toBe(false);
  expect(all.isMuted("général")).toBe(true);
});

test("emoji have names and words in both languages, each once", () => {
  expect(new Set(allEmoji.map((one) => one.emoji)).size).toBe(allEmoji.length);
  for (const language of ["en", "fr"] as const) {
    locale.setting = language;
    for (const one of allEmoji) {
      expect(one.name, one.emoji).not.toBe("");
      expect(isOneEmoji(one.emoji), one.emoji).toBe(true);
    }
  }
  locale.setting = "en";
  expect(findEmoji("pouce", 3)[0]?.emoji).toBe("👍");
  expect(findEmoji("thumbs", 3)[0]?.emoji).toBe("👍");
  expect(emojiName("🚀")).toBe("rocket");
  expect(isOneEmoji("👍👍")).toBe(false);
  expect(isOneEmoji("a")).toBe(false);
  expect(isEmojiOnly("👍 🎉")).toBe(true);
  expect(isEmojiOnly("12")).toBe(false);
  expect(isEmojiOnly("👍 ok")).toBe(false);
});

test("emoji used last come first, each once", () => {
  const recent = new RecentEmoji();
  expect(recent.quick(2)).toEqual(["👍", "✅"]);
  for (const emoji of ["🚀", "👀", "🚀"]) recent.use(emoji);
  expect(recent.list).toEqual(["🚀", "👀"]);
  expect(recent.quick(3)).toEqual(["🚀", "👀", "👍"]);
});
