import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Change } from "../../api/generated";
import type { Api } from "../../app/engine";
import { locale } from "../../i18n";
import { asOrder, type Notice } from "../../lib/service-worker";
import { Notifier, type NotifierWorld } from "./notifier";
import { wants, wishesOf } from "./wishes";

const change = (more: Partial<Change>): Change => ({ kind: "messages", workspace: "w_1", channel: "s_1", user: "u_CANARY", typing: false, presence: "online", notify: "mention", ...more });

describe("what is told", () => {
  test("mentions and direct messages, unless something else was chosen", () => {
    const wishes = wishesOf({});
    expect(wants(wishes, change({ notify: "mention" }))).toBe(true);
    expect(wants(wishes, change({ notify: "direct" }))).toBe(true);
    expect(wants(wishes, change({ notify: "message" }))).toBe(false);
    expect(wants(wishes, change({ notify: "" }))).toBe(false);
  });

  test("all, or nothing", () => {
    expect(wants(wishesOf({ notifications: "all" }), change({ notify: "message" }))).toBe(true);
    for (const notify of ["mention", "direct", "message"] as const) expect(wants(wishesOf({ notifications: "none" }), change({ notify }))).toBe(false);
    expect(wishesOf({ notifications: "of another version", sounds: "yes" })).toMatchObject({ level: "mentions", sounds: false });
  });

  test("nothing of muted channels", () => {
    const wishes = wishesOf({ notifications: "all", muted: "s_1 s_2" });
    expect(wants(wishes, change({ channel: "s_1" }))).toBe(false);
    expect(wants(wishes, change({ channel: "s_3" }))).toBe(true);
  });
});

describe("the notifier", () => {
  let values: Record<string, string>;
  let listener: (change: Change) => void;
  let visibility: () => void;
  let shown: Notice[];
  let cleared: number;
  let news: number;
  let world: { hidden: boolean; permitted: boolean; leads: boolean };

  const api = {
    call: () => Promise.resolve({ values, strict: false }),
    onChange: (listen: (change: Change) => void) => {
      listener = listen;
      return () => undefined;
    },
  } as unknown as Api;

  beforeEach(async () => {
    values = {};
    shown = [];
    cleared = news = 0;
    world = { hidden: true, permitted: true, leads: true };
    const given: NotifierWorld = {
      hidden: () => world.hidden,
      permitted: () => world.permitted,
      leads: () => world.leads,
      show: (notice) => shown.push(notice),
      clear: () => cleared++,
      onVisibility: (listen) => {
        visibility = listen;
        return () => undefined;
      },
    };
    new Notifier(api, given, () => news++).start();
    await Promise.resolve();
  });
  afterEach(() => (locale.setting = "auto"));

  test("tells that there is something, never what, by whom or where", () => {
    locale.setting = "fr";
    listener(change({}));
    expect(shown).toEqual([{ tag: "w_1", title: "Cénacle", body: "Nouveau message dans un espace.", again: "Nouveaux messages dans un espace.", place: "/w/w_1/c/s_1", places: "/w/w_1/inbox", silent: true }]);
    expect(JSON.stringify(shown)).not.toContain("CANARY");
    expect(asOrder({ kind: "notify", notice: shown[0] }), "the service worker understands it").not.toBeNull();
  });

  test("only while the page is hidden, allowed, and the one that tells", () => {
    world.hidden = false;
    listener(change({}));
    world = { hidden: true, permitted: false, leads: true };
    listener(change({}));
    world = { hidden: true, permitted: true, leads: false };
    listener(change({}));
    expect(shown).toEqual([]);
    expect(news, "each could have been told of").toBe(3);
  });

  test("what is changed in the settings counts at once", async () => {
    values = { notifications: "none" };
    listener(change({ kind: "settings", notify: "" }));
    await Promise.resolve();
    await Promise.resolve();
    listener(change({}));
    expect(shown).toEqual([]);
    expect(news).toBe(0);
  });

  test("whoever looks has seen them", () => {
    const before = cleared;
    visibility();
    expect(cleared).toBe(before);
    world.hidden = false;
    visibility();
    expect(cleared).toBe(before + 1);
  });
});
