import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Composer, type ComposerOptions } from "./composer.svelte";
import { draftRest, Drafts } from "./drafts.svelte";
import { change, channel, Fake, me, message, other, person, settle, workspace } from "./fake.testing";
import { maxMessage } from "./format";
import { People } from "./people.svelte";
import { TypingSender, typingEvery, typingLife, typingRest, Typists } from "./typing.svelte";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const crowd = [person(me, "Moi"), person(other, "Amélie Durand"), person("u_b", "bruno"), person("u_c", "Camille"), person("u_c2", "camille"), person("u_out", "Odile")];

async function make(more: Partial<ComposerOptions> = {}) {
  const api = new Fake({ "people.list": () => ({ people: crowd }), "channels.draft": () => ({ text: "kept" }) });
  const people = new People(api, workspace);
  await people.refresh();
  const drafts = new Drafts(api, workspace);
  const send = vi.fn();
  const edit = vi.fn();
  const composer = new Composer({
    channel, thread: null, people, drafts, typing: new TypingSender(api, { workspace, channel }), members: () => [me, other, "u_b", "u_c", "u_c2"],
    channels: (query) => [{ id: "s_2", name: "général", topic: "All" }].filter((one) => one.name.startsWith(query)),
    send, edit, lastOwn: () => undefined, ...more,
  });
  const type = (text: string) => composer.input(text, text.length);
  return { api, composer, drafts, send, edit, type };
}

describe("completion", () => {
  test("members of the channel only, with names the engine finds, and everyone", async () => {
    const { composer, type } = await make();
    type("@");
    expect(composer.choices.map((choice) => choice.insert)).toEqual(['@"Amélie Durand"', "@bruno", "@u_c", "@u_c2", "@everyone"]);
    type("@od");
    expect(composer.choices).toEqual([]);
  });

  test("by keys: it goes round, and the choice is written and mentioned by id", async () => {
    const { composer, type, send } = await make();
    type("salut @am");
    composer.move(-1);
    composer.move(1);
    expect(composer.accept(9)).toMatchObject({ text: 'salut @"Amélie Durand" ' });
    composer.submit();
    expect(send).toHaveBeenCalledWith({ text: 'salut @"Amélie Durand"', replyTo: null, mentions: [other] });
  });

  test("who is taken out of the text again is not mentioned", async () => {
    const { composer, type, send } = await make();
    type("@br");
    composer.accept(3);
    type("never mind");
    composer.submit();
    expect(send).toHaveBeenCalledWith({ text: "never mind", replyTo: null, mentions: [] });
  });

  test("channels and emoji, in both languages", async () => {
    const { composer, type } = await make();
    type("#gé");
    expect(composer.choices[0]?.insert).toBe("#général");
    type(":fus");
    expect(composer.choices.map((choice) => choice.insert)).toContain("🚀");
    type(":rocket");
    expect(composer.choices[0]?.insert).toBe("🚀");
  });
});

describe("drafts", () => {
  test("are kept here at once and handed over after a rest, once", async () => {
    const { api, drafts, type } = await make();
    type("a");
    type("ab");
    expect(drafts.get(channel, null)).toBe("ab");
    expect(drafts.has(channel)).toBe(true);
    await vi.advanceTimersByTimeAsync(draftRest);
    expect(api.called("channels.setDraft")).toEqual([{ workspace, channel, thread: null, text: "ab" }]);
  });

  test("what was kept comes back, unless something was typed meanwhile", async () => {
    const { composer } = await make();
    await composer.load();
    expect(composer.text).toBe("kept");
    const second = await make();
    const loading = second.composer.load();
    second.type("typed");
    await loading;
    expect(second.composer.text).toBe("typed");
  });

  test("sending removes it, leaving hands it over", async () => {
    const { api, composer, drafts, type } = await make();
    type("x");
    await drafts.flush();
    composer.submit();
    await drafts.flush();
    expect(api.called("channels.setDraft").map((p) => (p as { text: string }).text)).toEqual(["x", ""]);
  });

  test("what could not be handed over is tried again", async () => {
    const { api, drafts, type } = await make();
    api.answers["channels.setDraft"] = () => {
      throw new Error("down");
    };
    type("x");
    await drafts.flush();
    delete api.answers["channels.setDraft"];
    await drafts.flush();
    expect(api.called("channels.setDraft")).toHaveLength(2);
  });
});

describe("writing", () => {
  test("nothing and too much are not sent", async () => {
    const { composer, type, send } = await make();
    type("  \n ");
    expect(composer.submit()).toBe(false);
    type("é".repeat(maxMessage / 2 + 1));
    expect(composer.excess).toBe(2);
    expect(composer.submit()).toBe(false);
    type("é".repeat(maxMessage / 2));
    expect(composer.length).toBe(maxMessage);
    expect(composer.submit()).toBe(true);
    expect(send).toHaveBeenCalledOnce();
  });

  test("an edit puts what was written aside and gives it back", async () => {
    const own = message(3, { author: me, text: "first" });
    const { composer, type, edit, send } = await make({ lastOwn: () => own });
    type("unfinished");
    expect(composer.editLast(), "only from an empty field").toBe(false);
    composer.edit(own);
    type("second");
    composer.submit();
    expect(edit).toHaveBeenCalledWith(own, "second", []);
    expect(composer.text).toBe("unfinished");
    type("");
    expect(composer.editLast()).toBe(true);
    composer.cancelEdit();
    expect(composer.text).toBe("");
    expect(send).not.toHaveBeenCalled();
  });

  test("a reply goes with one message", async () => {
    const { composer, type, send } = await make();
    composer.reply(message(7));
    type("yes");
    composer.submit();
    type("more");
    composer.submit();
    expect(send.mock.calls.map(([words]) => (words as { replyTo: string | null }).replyTo)).toEqual(["e_7", null]);
  });
});

describe("typing", () => {
  test("is told now and then, and ends with a rest or with sending", async () => {
    const { api, composer, type } = await make();
    type("a");
    type("ab");
    expect(api.called("channels.typing")).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(typingEvery);
    type("abc");
    expect(api.called("channels.typing")).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(typingRest);
    expect(api.called("channels.typing").at(-1)).toMatchObject({ typing: false });
    type("abcd");
    composer.submit();
    expect(api.called("channels.typing").at(-1)).toMatchObject({ typing: false });
  });

  test("of others lasts a while, and ends with their message", async () => {
    const api = new Fake();
    const typists = new Typists(api, { workspace, channel });
    const stop = typists.start();
    const tell = (user: string, typing: boolean, at = channel) => api.tell(change("typing", { user, typing, channel: at }));
    tell(other, true);
    tell("u_b", true);
    tell("u_c", true, "s_else");
    expect(typists.users).toEqual([other, "u_b"]);
    tell("u_b", false);
    expect(typists.users).toEqual([other]);
    await vi.advanceTimersByTimeAsync(typingLife);
    expect(typists.users).toEqual([]);
    stop();
    tell(other, true);
    await settle();
    expect(typists.users).toEqual([]);
  });
});
