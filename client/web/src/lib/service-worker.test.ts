import { expect, test } from "vitest";
import { asOrder, asTold, type Notice } from "./service-worker";

const notice: Notice = { tag: "w_1", title: "Cénacle", body: "New message in a workspace.", again: "New messages in a workspace.", place: "/w/w_1/c/s_1", places: "/w/w_1/inbox", silent: true };

test("only what is agreed is understood", () => {
  expect(asOrder({ kind: "notify", notice })).toEqual({ kind: "notify", notice });
  expect(asOrder({ kind: "activate", more: 1 })).toEqual({ kind: "activate" });
  for (const bad of [null, "activate", {}, { kind: "go" }, { kind: "notify" }, { kind: "notify", notice: { ...notice, silent: 1 } }, { kind: "notify", notice: { ...notice, body: "x".repeat(201) } }]) expect(asOrder(bad)).toBeNull();
});

test("W4: a notice leads nowhere but into the app", () => {
  expect(asTold({ kind: "go", place: "/w/w_1/c/s_1" })).toEqual({ kind: "go", place: "/w/w_1/c/s_1" });
  for (const place of ["//evil.example", "https://evil.example/", "javascript:1", "/w/1#secret", "/w/1?x=y", "w/1", "/\\evil.example", 1]) {
    expect(asTold({ kind: "go", place }), String(place)).toBeNull();
    expect(asOrder({ kind: "notify", notice: { ...notice, place } }), String(place)).toBeNull();
  }
});
