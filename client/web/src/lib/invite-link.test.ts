import { expect, test } from "vitest";
import { inviteIn, inviteOf } from "./invite-link";

const url = "https://cenacle.example/i#owECAlAB_-cdefghijklmn";

test("an invite is found in what was pasted", () => {
  expect(inviteIn(url)).toBe(url);
  expect(inviteIn(`Bonjour, voici le lien : ${url}\nÀ demain.`)).toBe(url);
  expect(inviteIn("http://localhost:8080/i#owECAlABcdefghijklmn")).not.toBeNull();
});

test.each(["", "https://cenacle.example/i", "https://cenacle.example/i#", "https://cenacle.example/w/1#owECAlABcdefghijklmn", "javascript:/i#owECAlABcdefghijklmn"])("none: %s", (text) => {
  expect(inviteIn(text)).toBeNull();
});

test("an opened address is put together again", () => {
  expect(inviteOf("https://cenacle.example", "owECAlAB_-cdefghijklmn")).toBe(url);
  expect(inviteOf("https://cenacle.example", "")).toBeNull();
});
