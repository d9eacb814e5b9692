import { beforeEach, expect, test } from "vitest";
import type { Api } from "../engine";
import type { Toast } from "../toasts.svelte";
import { Choices } from "./choices.svelte";

let kept: Record<string, string>;
let refuses: boolean;
let toasts: Toast[];
let choices: Choices;

const api = {
  call: (name: string, params: { key: string; value: string }) => {
    if (name === "settings.get") return Promise.resolve({ values: { ...kept }, strict: false });
    if (refuses) return Promise.reject(Object.assign(new Error("refused"), { failure: { code: "offline", message: { en: "No connection.", fr: "Pas de connexion." }, misbehaved: false } }));
    kept[params.key] = params.value;
    return Promise.resolve({});
  },
  onChange: () => () => undefined,
} as unknown as Api;

beforeEach(async () => {
  kept = { "enter-sends": "false" };
  refuses = false;
  toasts = [];
  choices = new Choices(api, { show: (toast) => toasts.push(toast) });
  choices.start();
  await new Promise(setImmediate);
});

test("a choice holds at once, is kept, said, and can be taken back", async () => {
  const chosen = choices.choose("enter-sends", "true", () => "changed");
  expect(choices.value("enter-sends")).toBe("true");
  await chosen;
  expect(kept).toEqual({ "enter-sends": "true" });
  expect(toasts.map((toast) => toast.text)).toEqual(["changed"]);
  toasts[0]?.undo?.();
  await new Promise(setImmediate);
  expect([choices.value("enter-sends"), kept["enter-sends"]]).toEqual(["false", "false"]);
  expect(toasts).toHaveLength(1);
});

test("what could not be kept is shown as it was, with the reason", async () => {
  refuses = true;
  await choices.choose("enter-sends", "true", () => "changed");
  expect(choices.value("enter-sends")).toBe("false");
  expect(choices.refusal?.code).toBe("offline");
  expect(toasts).toEqual([]);
});

test("the same again is no choice", async () => {
  await choices.choose("enter-sends", "false", () => "changed");
  expect(toasts).toEqual([]);
});
