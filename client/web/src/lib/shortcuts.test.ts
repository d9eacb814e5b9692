import { expect, test } from "vitest";
import { keyCaps, keyName, Shortcuts, type KeyPress } from "./shortcuts.svelte";

function press(key: string, more: Partial<KeyPress> = {}): KeyPress {
  return { key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, timeStamp: 0, ...more };
}

function setUp(keys: string, when?: () => boolean) {
  const shortcuts = new Shortcuts(false);
  const ran: string[] = [];
  const remove = shortcuts.add({ keys, label: () => "", group: () => "", run: () => ran.push(keys), when });
  return { shortcuts, ran, remove };
}

test("names of keys", () => {
  expect(keyName(press("k", { ctrlKey: true }), false)).toBe("mod+k");
  expect(keyName(press("k", { metaKey: true }), true)).toBe("mod+k");
  expect(keyName(press("?", { shiftKey: true }), false)).toBe("?");
  expect(keyName(press("K", { shiftKey: true, ctrlKey: true }), false)).toBe("mod+shift+k");
  expect(keyName(press("ArrowUp", { altKey: true }), false)).toBe("alt+ArrowUp");
});

test("a letter that is typed into a text is none, Ctrl and a letter is one", () => {
  const plain = setUp("?");
  expect(plain.shortcuts.press(press("?"), true)).toBe(false);
  expect(plain.shortcuts.press(press("?"), false)).toBe(true);
  const mod = setUp("mod+k");
  expect(mod.shortcuts.press(press("k", { ctrlKey: true }), true)).toBe(true);
});

test("two keys after one another, in time", () => {
  const { shortcuts, ran } = setUp("g i");
  shortcuts.press(press("g", { timeStamp: 0 }), false);
  expect(shortcuts.press(press("i", { timeStamp: 500 }), false)).toBe(true);
  shortcuts.press(press("g", { timeStamp: 1000 }), false);
  expect(shortcuts.press(press("i", { timeStamp: 9000 }), false)).toBe(false);
  shortcuts.press(press("g", { timeStamp: 10_000 }), false);
  shortcuts.press(press("x", { timeStamp: 10_001 }), false);
  expect(shortcuts.press(press("i", { timeStamp: 10_002 }), false)).toBe(false);
  expect(ran).toHaveLength(1);
});

test("removed and impossible ones do nothing; the latest wins", () => {
  const { shortcuts, ran, remove } = setUp("x");
  let possible = true;
  shortcuts.add({ keys: "x", label: () => "", group: () => "", run: () => ran.push("later"), when: () => possible });
  shortcuts.press(press("x"), false);
  possible = false;
  shortcuts.press(press("x"), false);
  expect(ran).toEqual(["later", "x"]);
  remove();
  expect(shortcuts.press(press("x"), false)).toBe(false);
});

test("what is shown", () => {
  expect(keyCaps("mod+k", false)).toEqual([["Ctrl", "K"]]);
  expect(keyCaps("mod+k", true)).toEqual([["⌘", "K"]]);
  expect(keyCaps("g i", false)).toEqual([["G"], ["I"]]);
});
