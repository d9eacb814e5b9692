import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Toasts } from "./toasts.svelte";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

test("toasts go by themselves, later with an undo", () => {
  const toasts = new Toasts();
  toasts.show({ text: "saved" });
  toasts.show({ text: "removed", undo: () => undefined });
  vi.advanceTimersByTime(6000);
  expect(toasts.shown.map((t) => t.text)).toEqual(["removed"]);
  vi.advanceTimersByTime(6000);
  expect(toasts.shown).toEqual([]);
});

test("undo runs once and dismisses", () => {
  const toasts = new Toasts();
  const undo = vi.fn();
  toasts.show({ text: "removed", undo });
  const shown = toasts.shown[0];
  if (shown) toasts.undo(shown);
  vi.runAllTimers();
  expect(undo).toHaveBeenCalledTimes(1);
  expect(toasts.shown).toEqual([]);
});

test("nothing goes while somebody is about to press, and there are never more than three", () => {
  const toasts = new Toasts();
  for (const text of ["a", "b", "c", "d"]) toasts.show({ text });
  expect(toasts.shown.map((t) => t.text)).toEqual(["b", "c", "d"]);
  toasts.pause();
  vi.advanceTimersByTime(60_000);
  expect(toasts.shown).toHaveLength(3);
  toasts.resume();
  vi.advanceTimersByTime(6000);
  expect(toasts.shown).toEqual([]);
});
