import { describe, expect, expectTypeOf, test } from "vitest";
import { hrefs, match, Router, type RouterWorld } from "./router.svelte";

const table = { home: "/", workspace: "/w/:workspace", channel: "/w/:workspace/c/:channel", inbox: "/w/:workspace/inbox" } as const;
const href = hrefs(table);

/** A browser's address and history, without the browser. */
class FakeWorld implements RouterWorld {
  entries: { url: string; state: unknown }[] = [];
  at = 0;
  listeners = new Set<() => void>();

  constructor(url: string) {
    this.entries = [{ url, state: null }];
  }

  get url(): string {
    return this.entries[this.at]?.url ?? "";
  }

  get location() {
    const url = new URL(this.url, "http://localhost");
    return { pathname: url.pathname, search: url.search, hash: url.hash };
  }

  get history() {
    const state = this.entries[this.at]?.state;
    return {
      state,
      pushState: (state: unknown, _: string, url?: string | URL | null) => {
        this.entries = [...this.entries.slice(0, this.at + 1), { url: String(url), state }];
        this.at++;
      },
      replaceState: (state: unknown, _: string, url?: string | URL | null) => {
        this.entries[this.at] = { url: String(url), state };
      },
      back: () => {
        this.at = Math.max(0, this.at - 1);
        for (const listener of this.listeners) listener();
      },
    };
  }

  addEventListener(_: "popstate", listener: () => void): void {
    this.listeners.add(listener);
  }

  removeEventListener(_: "popstate", listener: () => void): void {
    this.listeners.delete(listener);
  }
}

describe("match", () => {
  test.each([
    ["/", "home", {}],
    ["/w/w_abc", "workspace", { workspace: "w_abc" }],
    ["/w/w_abc/", "workspace", { workspace: "w_abc" }],
    ["/w/w_abc/c/s_def", "channel", { workspace: "w_abc", channel: "s_def" }],
    ["/w/w_abc/inbox", "inbox", { workspace: "w_abc" }],
    ["/w/caf%C3%A9", "workspace", { workspace: "café" }],
  ])("%s", (path, name, params) => {
    expect(match(table, path, "")).toMatchObject({ name, params });
  });

  test.each(["/x", "/w", "/w/a/b/c/d", "/w//c/x", "/w/%E0%A4%A", "/w/a%2Fb", "/w/..", "/w/%2e%2e", "/w/a b", "/w/<script>", `/w/${"a".repeat(129)}`, `/${"a/".repeat(2000)}`, "/w/%00", "/w/a%E2%80%AEb"])("%s is no place", (path) => {
    expect(match(table, path, "").name).toBe("notFound");
  });

  test("the panel is part of the address", () => {
    expect(match(table, "/w/a", "?panel=thread/e_1").panel).toEqual({ kind: "thread", id: "e_1" });
    for (const bad of ["", "?panel=", "?panel=thread", "?panel=thread/", "?panel=a/b/c", "?panel=a/%3Cb%3E", "?other=a/b"]) expect(match(table, "/w/a", bad).panel, bad).toBeNull();
  });
});

test("addresses are built from names, with typed parameters", () => {
  expect(href("home")).toBe("/");
  expect(href("channel", { workspace: "w_1", channel: "é" })).toBe("/w/w_1/c/%C3%A9");
  expect(href("workspace", { workspace: "w_1" }, { kind: "thread", id: "e_1" })).toBe("/w/w_1?panel=thread/e_1");
  expect(match(table, href("workspace", { workspace: "../x" }), "").name).toBe("notFound");
  // @ts-expect-error a parameter is missing
  expect(href("channel", { workspace: "w_1" })).toBe("/w/w_1/c/");
  // @ts-expect-error there is no such route
  expect(href("nowhere")).toBe("/");
  const found = match(table, "/w/a/c/b", "");
  if (found.name === "channel") expectTypeOf(found.params).toEqualTypeOf<Record<"workspace" | "channel", string>>();
});

describe("router", () => {
  test("goes, comes back, and does not step on the spot", () => {
    const world = new FakeWorld("/");
    const router = new Router(table, world);
    const stop = router.start();
    router.go("/w/a");
    router.go("/w/a");
    router.go("/w/a/inbox");
    expect(world.entries).toHaveLength(3);
    expect(router.match.name).toBe("inbox");
    router.back("/");
    expect(router.match.name).toBe("workspace");
    router.back("/");
    expect(router.match.name).toBe("home");
    stop();
    expect(world.listeners.size).toBe(0);
  });

  test("back from a place that was opened from outside leads where it belongs", () => {
    const world = new FakeWorld("/w/a/c/b");
    const router = new Router(table, world);
    router.back("/w/a");
    expect(router.match.name).toBe("workspace");
    expect(world.entries).toHaveLength(1);
  });

  test("panels open as a step and change in place", () => {
    const world = new FakeWorld("/w/a");
    const router = new Router(table, world);
    router.setPanel({ kind: "thread", id: "1" });
    router.setPanel({ kind: "thread", id: "2" });
    expect(world.entries.map((e) => e.url)).toEqual(["/w/a", "/w/a?panel=thread/2"]);
    router.setPanel(null);
    expect(router.match.panel).toBeNull();
  });

  test.each(["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example", "w/a"])("W4: %s is refused", (address) => {
    expect(() => new Router(table, new FakeWorld("/")).go(address)).toThrow(TypeError);
  });

  test("A1: a fragment is given once and leaves the address", () => {
    const world = new FakeWorld("/w/a#secret");
    const router = new Router(table, world);
    expect(router.takeFragment()).toBe("secret");
    expect(world.url).toBe("/w/a");
    expect(router.takeFragment()).toBe("");
    expect(world.entries).toHaveLength(1);
  });
});
