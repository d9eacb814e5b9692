import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Change } from "../api/generated";
import { Act } from "./act.svelte";
import { ConnectionState } from "./connection.svelte";
import type { Api } from "./engine";
import { tellPresence, type PresenceWorld } from "./presence";
import { counted } from "./title";
import { Tools } from "./tools.svelte";
import type { AppState } from "./state.svelte";
import { mayGrant } from "./workspaces.svelte";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a short break is not shown, a longer one is called connecting, then offline", () => {
  const connection = new ConnectionState();
  connection.set(true, true);
  connection.set(false, true);
  expect(connection.shown).toBe("online");
  vi.advanceTimersByTime(2500);
  expect(connection.shown).toBe("connecting");
  vi.advanceTimersByTime(13_000);
  expect(connection.shown).toBe("offline");
  connection.retry();
  expect(connection.shown).toBe("connecting");
  connection.set(true, true);
  vi.advanceTimersByTime(60_000);
  expect(connection.shown).toBe("online");
});

test("without a network it is offline at once", () => {
  const connection = new ConnectionState();
  connection.set(false, false);
  expect(connection.shown).toBe("offline");
});

/** A page whose clock, sight and neighbours are at hand. */
function page() {
  let act = () => {};
  let heard = () => {};
  const told: unknown[] = [];
  const state = { visible: true };
  const world: PresenceWorld = {
    now: () => Date.now(),
    visible: () => state.visible,
    onActivity: (listener) => ((act = listener), () => undefined),
    every: (ms, run) => {
      const timer = setInterval(run, ms);
      return () => clearInterval(timer);
    },
    tabs: { tell: () => undefined, onTold: (listener) => ((heard = listener), () => undefined) },
  };
  const api: Api = {
    call: (_name, params) => {
      told.push((params as { presence?: string }).presence);
      return Promise.resolve({} as never);
    },
    onChange: (_listener: (change: Change) => void) => () => undefined,
  };
  return { world, api, told, state, act: () => act(), heard: () => heard() };
}

test("presence: online while used, said again in time, away when idle", () => {
  const { world, api, told, act } = page();
  const stop = tellPresence(api, world);
  expect(told).toEqual(["online"]);
  vi.advanceTimersByTime(4 * 60_000);
  expect(told).toEqual(["online", "online", "online"]);
  vi.advanceTimersByTime(60_000);
  expect(told.at(-1)).toBe("away");
  act();
  expect(told.at(-1)).toBe("online");
  stop();
  const before = told.length;
  vi.advanceTimersByTime(60 * 60_000);
  expect(told.length).toBe(before);
});

test("presence: a tab out of sight does not call away whoever works in another", () => {
  const { world, api, told, state, heard } = page();
  const stop = tellPresence(api, world);
  state.visible = false;
  for (let i = 0; i < 20; i++) {
    heard();
    vi.advanceTimersByTime(30_000);
  }
  expect(told).toEqual(["online"]);
  vi.advanceTimersByTime(2 * 60_000);
  expect(told.at(-1)).toBe("away");
  stop();
});

test("the title has one number, and none when nothing waits", () => {
  expect(counted("Inbox", 3)).toBe("(3)\u00a0Inbox");
  expect(counted(counted("Inbox", 3), 120)).toBe("(99+)\u00a0Inbox");
  expect(counted(counted("Inbox", 120), 0)).toBe("Inbox");
});

test("tools stand in their order, and one that cannot be loaded hinders no other", async () => {
  vi.useRealTimers();
  const stopped: string[] = [];
  const entry = (id: string, order: number) => ({ id, order, load: () => Promise.resolve({ startTool: () => ({ start: () => id, stop: () => void stopped.push(id) }) }) });
  const tools = new Tools([entry("late", 90), { id: "broken", order: 1, load: () => Promise.reject(new Error("gone")) }, entry("first", 10)]);
  const stop = tools.start({} as AppState);
  await vi.waitFor(() => expect(tools.settled).toBe(true));
  expect(tools.all.map((tool) => tool.start?.("w_1"))).toEqual(["first", "late"]);
  stop();
  expect([stopped, tools.all]).toEqual([["first", "late"], []]);
});

test("an act runs once at a time and says why it was refused", async () => {
  const act = new Act();
  const first = act.run(() => Promise.reject(new Error("no")));
  expect([act.busy, await act.run(() => Promise.resolve(1))]).toEqual([true, null]);
  expect([await first, act.busy, act.refusal?.code]).toEqual([null, false, "internal"]);
  expect(await act.run(() => Promise.resolve(2))).toBe(2);
  expect(act.refusal).toBeNull();
});

test("who may grant which role", () => {
  expect([mayGrant("owner", "owner"), mayGrant("admin", "admin"), mayGrant("admin", "member"), mayGrant("member", "guest"), mayGrant("owner", "")]).toEqual([true, false, true, false, false]);
});
