import { expect, test } from "vitest";
import { Doors } from "./doors";
import { Places } from "./places";

function shelf() {
  const kept: Record<string, string> = {};
  return { kept, getItem: (key: string) => kept[key] ?? null, setItem: (key: string, value: string) => void (kept[key] = value) };
}

const at = (name: string, address: string) => ({ name, address });
const channel = at("channel", "/w/w_1/c/s_1");

test("a stranger sees the doors, and comes in where the link led", () => {
  const doors = new Doors(new Places(shelf()));
  expect(doors.redirect("unknown", channel)).toBeNull();
  expect(doors.redirect("signIn", channel)).toBe("/");
  expect(doors.redirect("signIn", at("signin", "/signin"))).toBeNull();
  expect(doors.redirect("open", at("signin", "/signin"))).toBe("/w/w_1/c/s_1");
});

test("locking hides every place, unlocking leads back", () => {
  const doors = new Doors(new Places(shelf()));
  expect(doors.redirect("open", channel)).toBeNull();
  expect(doors.redirect("unlock", at("channel", "/w/w_1/c/s_1?panel=thread/e_1"))).toBe("/lock");
  expect(doors.redirect("unlock", at("lock", "/lock"))).toBeNull();
  expect(doors.redirect("open", at("lock", "/lock"))).toBe("/w/w_1/c/s_1?panel=thread/e_1");
});

test("who signs out does not leave a way back to the next one", () => {
  const disk = shelf();
  const doors = new Doors(new Places(disk));
  doors.redirect("open", channel);
  expect(disk.kept["cenacle.places"]).toContain("w_1");
  doors.redirect("unlock", channel);
  expect(doors.redirect("signIn", at("lock", "/lock"))).toBe("/");
  expect(disk.kept["cenacle.places"]).not.toContain("w_1");
  expect(doors.redirect("open", at("signin", "/signin"))).toBe("/home");
});

test("the page of the sign-up keeps the new kit on screen", () => {
  const doors = new Doors(new Places(shelf()));
  const signup = at("signup", "/signup");
  expect(doors.redirect("signIn", signup)).toBeNull();
  expect(doors.redirect("open", signup)).toBeNull();
  expect(doors.redirect("open", signup)).toBeNull();
  // Whoever has a session has no business there.
  doors.redirect("open", channel);
  expect(doors.redirect("open", signup)).toBe("/w/w_1/c/s_1");
});

test("an invite is open to everybody", () => {
  const doors = new Doors(new Places(shelf()));
  for (const gate of ["signIn", "unlock", "open"] as const) expect(doors.redirect(gate, at("invite", "/i"))).toBeNull();
});

test("places: each workspace has its own, panels and the way out are none", () => {
  const disk = shelf();
  const places = new Places(disk);
  places.visit("/w/w_1/c/s_1?panel=thread/e_1");
  places.visit("/w/w_2/people");
  places.visit("/w/w_2/leave");
  places.visit("/security");
  const again = new Places(disk);
  expect([again.last, again.lastWorkspace, again.lastIn("w_1"), again.lastIn("w_2"), again.lastIn("w_3")]).toEqual(["/w/w_2", "w_2", "/w/w_1/c/s_1", "/w/w_2/people", null]);
  again.leave("w_2");
  expect([again.last, again.lastWorkspace, again.lastIn("w_2")]).toEqual([null, null, null]);
});

test("what stands in the storage is not believed", () => {
  for (const kept of ["nonsense", "[]", '{"last":"//evil.example","in":[["w_1","https://evil.example"],["x"],7]}']) {
    const places = new Places({ getItem: () => kept, setItem: () => undefined });
    expect([places.last, places.lastIn("w_1")]).toEqual([null, null]);
  }
});
