import { expect, test } from "vitest";
import type { ServerInfo } from "../../api/generated";
import { waysOf } from "./start";

const info: ServerInfo = { origin: "https://c.example", registration: "closed", name: "", empty: false, branding: null };

test("the way in follows from the server's registration", () => {
  expect(waysOf({ info: null, failed: false })).toBe("asking");
  expect(waysOf({ info: null, failed: true })).toBe("unreachable");
  for (const registration of ["open", "invite", "closed"] as const) {
    expect(waysOf({ info: { ...info, registration }, failed: false })).toBe(registration);
    // The first account administers the server and needs no invite.
    expect(waysOf({ info: { ...info, registration, empty: true }, failed: false })).toBe("open");
  }
});
