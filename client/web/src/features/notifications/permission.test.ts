import { expect, test } from "vitest";
import { Permission, type Allowed } from "./permission.svelte";

function made(state: Allowed, kept: string | null = null) {
  const shelf = new Map<string, string>(kept === null ? [] : [["cenacle.notices", kept]]);
  let asked = 0;
  const browser = { state, answer: state };
  const world = { read: () => browser.state, ask: () => (asked++, (browser.state = browser.answer), Promise.resolve()), onChange: () => () => undefined };
  const permission = new Permission(world, { getItem: (key) => shelf.get(key) ?? null, setItem: (key, value) => void shelf.set(key, value) });
  return { permission, browser, shelf, asked: () => asked };
}

test("nobody is asked before something came, and nobody is asked by the browser unasked", () => {
  const { permission, asked } = made("default");
  expect(permission.offering).toBe(false);
  permission.news();
  expect(permission.offering).toBe(true);
  expect(asked()).toBe(0);
});

test("whoever accepts is asked by the browser once", async () => {
  const { permission, browser, asked } = made("default");
  permission.news();
  browser.answer = "granted";
  await permission.allow();
  expect([permission.state, permission.offering, asked()]).toEqual(["granted", false, 1]);
});

test("whoever declines is not offered it again, today or later", () => {
  const { permission, shelf } = made("default");
  permission.news();
  permission.decline();
  permission.news();
  expect(permission.offering).toBe(false);
  const later = made("default", shelf.get("cenacle.notices") ?? null);
  later.permission.news();
  expect(later.permission.offering).toBe(false);
});

test("nothing is offered where the browser has decided, or cannot", () => {
  for (const state of ["granted", "denied", "unsupported"] as const) {
    const { permission } = made(state);
    permission.news();
    expect(permission.offering, state).toBe(false);
  }
});
