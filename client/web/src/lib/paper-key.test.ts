import { expect, test } from "vitest";
import { accountKey, check, clean, groups, pretty, recoveryPhrase, whileTyping } from "./paper-key";

// From docs/protocol/identity.md.
const known = "NC00-0000-0000-0000-0000-0000-0053-41ZP";

test("the key of the specification is good however it is typed", async () => {
  for (const typed of [known, known.toLowerCase(), known.replaceAll("-", " "), known.replaceAll("-", ""), known.replaceAll("0", "O"), ` ${known.replaceAll("1", "l")}\n`, known.replaceAll("-", "–")]) {
    expect(await check(typed, accountKey), typed).toBe("good");
    expect(pretty(typed, accountKey)).toBe(known);
  }
});

test("every single slip is found", async () => {
  const bare = clean(known);
  for (let i = 0; i < bare.length; i++) {
    const wrong = bare.slice(0, i) + (bare[i] === "7" ? "8" : "7") + bare.slice(i + 1);
    expect(await check(wrong, accountKey), wrong).toBe("mistyped");
  }
  const swapped = bare.replace(/5341/, "5314");
  expect(swapped).not.toBe(bare);
  expect(await check(swapped, accountKey)).toBe("mistyped");
});

test("what is no whole key yet, or never will be", async () => {
  expect(await check("", accountKey)).toBe("incomplete");
  expect(await check(known.slice(0, 20), accountKey)).toBe("incomplete");
  expect(await check("NC00-U", accountKey)).toBe("strange");
  expect(await check(`${known}-0000`, accountKey)).toBe("long");
  expect(await check(known, recoveryPhrase)).toBe("incomplete");
});

test("groups of what was typed so far", () => {
  expect(groups("nc00 000", accountKey)).toEqual(["NC00", "000"]);
  expect(groups("", accountKey)).toEqual([]);
  expect(pretty("abcdefghjk", recoveryPhrase)).toBe("ABCDE-FGHJK");
});

test("a key while it is typed", () => {
  expect(whileTyping("nc00-", accountKey)).toBe("NC00-");
  expect(whileTyping("nc0-", accountKey)).toBe("NC0");
  expect(whileTyping("nc000", accountKey)).toBe("NC00-0");
  expect(whileTyping(`${known} `, accountKey)).toBe(known);
  expect(whileTyping(`${known}x`, accountKey)).toBe(`${known}x`);
});
