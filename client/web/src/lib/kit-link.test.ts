import { expect, test } from "vitest";
import { kitLink, parseKitFragment, parseKitLink } from "./kit-link";

const kit = { origin: "https://cenacle.example", handle: "zoé+a&b@example.org", accountKey: "NC00-0000-0000-0000-0000-0000-0053-41ZP" };

test("what is written is read again", () => {
  const link = kitLink(kit);
  expect(link.startsWith("https://cenacle.example/signin#k=NC00")).toBe(true);
  expect(parseKitLink(link)).toEqual({ ...kit, accountKey: kit.accountKey.replaceAll("-", "") });
});

test("A1: account key and email stand behind the #", () => {
  const url = new URL(kitLink(kit));
  expect(url.pathname + url.search).toBe("/signin");
});

test.each(["", "k=NC00", "h=a", `k=${"0".repeat(60)}`, `k=${"0".repeat(32)}&h=${"a".repeat(400)}`, "k=<script>"])("no kit: %s", (fragment) => {
  expect(parseKitFragment(fragment)).toBeNull();
});

test.each(["javascript:alert(1)", "https://cenacle.example/i#k=1", "NC00", `https://cenacle.example/signin?k=${"0".repeat(32)}`, "x".repeat(2000)])("no code of a kit: %s", (code) => {
  expect(parseKitLink(code)).toBeNull();
});
