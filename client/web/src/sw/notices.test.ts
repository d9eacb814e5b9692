import { beforeEach, expect, test } from "vitest";
import type { Notice } from "../lib/service-worker";
import { choose, clear, show } from "./notices";
import type { NoticeOptions, Registration, ShownNotice, Window, Windows } from "./scope";

const notice: Notice = { tag: "w_1", title: "Cénacle", body: "one", again: "several", place: "/w/w_1/c/s_1", places: "/w/w_1/inbox", silent: true };

let shown: (NoticeOptions & ShownNotice & { title: string })[];
let open: (Window & { told: unknown[]; focused: boolean })[];
let opened: string[];

const registration: Registration = {
  showNotification: (title, options) => {
    shown = shown.filter((other) => other.tag !== options.tag);
    const item = { ...options, title, close: () => (shown = shown.filter((other) => other !== item)) };
    shown.push(item);
    return Promise.resolve();
  },
  getNotifications: (filter) => Promise.resolve(shown.filter((item) => !filter || item.tag === filter.tag)),
};
const windows: Windows = {
  matchAll: () => Promise.resolve(open),
  openWindow: (url) => {
    opened.push(url);
    return Promise.resolve();
  },
};

function page(visibilityState: string) {
  const told: unknown[] = [];
  const one = { visibilityState, told, focused: false, focus: () => ((one.focused = true), Promise.resolve()), postMessage: (message: unknown) => void told.push(message) };
  return one;
}

beforeEach(() => {
  shown = [];
  open = [];
  opened = [];
});

test("nothing is shown while a page of the app is seen", async () => {
  open = [page("hidden"), page("visible")];
  await show(registration, windows, notice);
  expect(shown).toEqual([]);
});

test("notices of one workspace are one", async () => {
  open = [page("hidden")];
  await show(registration, windows, notice);
  await show(registration, windows, { ...notice, tag: "w_2" });
  expect(shown.map((item) => [item.tag, item.body, item.silent, item.renotify])).toEqual([["w_1", "one", true, false], ["w_2", "one", true, false]]);
  await show(registration, windows, notice);
  expect(shown.find((item) => item.tag === "w_1")).toMatchObject({ body: "several", data: { place: "/w/w_1/c/s_1" } });
  await show(registration, windows, { ...notice, place: "/w/w_1/c/s_2" });
  expect(shown.find((item) => item.tag === "w_1")).toMatchObject({ data: { place: "/w/w_1/inbox" } });
  await clear(registration);
  expect(shown).toEqual([]);
});

test("choosing one leads to its place, in a page that is open or in a new one", async () => {
  await show(registration, windows, notice);
  const [item] = shown;
  if (!item) throw new Error("none is shown");
  await choose(windows, item);
  expect(opened).toEqual(["/w/w_1/c/s_1"]);
  expect(shown).toEqual([]);
  const there = page("hidden");
  open = [there];
  await choose(windows, item);
  expect(there.focused).toBe(true);
  expect(there.told).toEqual([{ kind: "go", place: "/w/w_1/c/s_1" }]);
  expect(opened).toHaveLength(1);
});

test("W4: a notice that was not made here leads to the start page", async () => {
  await choose(windows, { tag: "x", data: { place: "https://evil.example/" }, close: () => undefined });
  expect(opened).toEqual(["/"]);
});
