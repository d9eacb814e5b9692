import { expect, test } from "vitest";
import type { Change, Person, Role } from "../../api/generated";
import type { Api } from "../../app/engine";
import { Invites, People, problemOf, type Offer } from "./people.svelte";
import { compare, formatCode, parseCode } from "./verification";
import { Verifying } from "./verification.svelte";

const id = (letter: string) => `u_${letter.repeat(26)}`;
const print = (digit: string) => digit.repeat(64);
const person = (letter: string, more: Partial<Person> = {}) => ({ user: id(letter), name: letter, role: "member", fingerprint: print("A"), verified: false, keyChanged: false, looksLike: false, pending: false, self: false, ...more }) as Person;

class Fake implements Api {
  people: Person[] = [];
  refuse = false;
  readonly calls: [string, unknown][] = [];

  call(name: string, params: unknown): Promise<never> {
    this.calls.push([name, params]);
    if (this.refuse && !name.endsWith(".list")) return Promise.reject(new Error("refused"));
    const answers: Record<string, unknown> = {
      "people.list": { people: this.people },
      "channels.list": { channels: [] },
      "invites.list": { invites: [] },
      "invites.create": { id: "i_1", url: "https://c.example/i#secret" },
      "people.beginVerification": { user: id("b"), fingerprint: print("B"), number: "12345 ".repeat(12).trim() },
    };
    return Promise.resolve((answers[name] ?? {}) as never);
  }

  onChange(_listener: (change: Change) => void): () => void {
    return () => undefined;
  }
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

async function opened(role: Role, others: Person[]): Promise<{ api: Fake; people: People }> {
  const api = new Fake();
  api.people = [person("a", { role, self: true }), ...others];
  const people = new People(api, "w_1");
  people.start();
  await settled();
  return { api, people };
}

test("people stand in groups, and who waits is shown to those who decide", async () => {
  const others = [person("b"), person("c", { role: "guest" }), person("d", { role: "", pending: true })];
  expect((await opened("admin", others)).people.groups.map((group) => [group.id, group.people.length])).toEqual([["pending", 1], ["team", 2], ["guests", 1]]);
  expect((await opened("member", others)).people.groups.map((group) => group.id)).toEqual(["team", "guests"]);
});

test("they are found by name and by id, which tells look-alikes apart", async () => {
  const { people } = await opened("member", [person("b", { name: "Amélie" }), person("c", { name: "Amelie" })]);
  people.query = "amelie";
  expect(people.groups[0]?.people.length).toBe(2);
  people.query = id("c");
  expect(people.groups[0]?.people.map((one) => one.user)).toEqual([id("c")]);
});

test("roles are offered as the rules of the workspace allow them", async () => {
  const owner = person("o", { role: "owner" });
  const admin = person("d", { role: "admin" });
  const member = person("m");
  const waits = person("p", { role: "", pending: true });
  const asAdmin = (await opened("admin", [])).people;
  expect([asAdmin.rolesFor(member), asAdmin.rolesFor(admin), asAdmin.rolesFor(owner), asAdmin.rolesFor(waits)]).toEqual([["guest", "member"], [], [], []]);
  expect([member, admin, waits].map((one) => asAdmin.mayRemove(one))).toEqual([true, false, true]);
  const asOwner = (await opened("owner", [])).people;
  expect(asOwner.rolesFor(owner)).toEqual(["guest", "member", "admin", "owner"]);
  const asMember = (await opened("member", [])).people;
  expect([asMember.rolesFor(member), asMember.mayRemove(member), asMember.rolesToInvite]).toEqual([[], false, []]);
});

test("a refused change is said and changes nothing", async () => {
  const { api, people } = await opened("admin", [person("b")]);
  api.refuse = true;
  expect(await people.remove(id("b"))).toBe(false);
  expect(people.act.refusal?.code).toBe("internal");
  expect(people.get(id("b"))).toBeDefined();
});

test("an invite's offer is checked before it is made", () => {
  const offer: Offer = { role: "member", channels: [], uses: "1", expires: "week", approval: false };
  expect(problemOf(offer)).toBeNull();
  expect(problemOf({ ...offer, role: "guest" })).toBe("channels");
  for (const uses of ["0", "5001", "1e3", "-1", "", "1.5"]) expect(problemOf({ ...offer, uses })).toBe("uses");
});

test("the link of an invite is held only while it is shown", async () => {
  const api = new Fake();
  const invites = new Invites(api, "w_1");
  const stop = invites.start();
  expect(await invites.create({ role: "guest", channels: ["s_1"], uses: "3", expires: "day", approval: true })).toBe(true);
  expect(api.calls).toContainEqual(["invites.create", { workspace: "w_1", role: "guest", channels: ["s_1"], uses: 3, expiresIn: 86_400_000, approval: true }]);
  expect(invites.made?.url).toContain("#secret");
  stop();
  expect(invites.made).toBeNull();
});

const me = { user: id("a"), fingerprint: print("A") };
const them = { user: id("b"), fingerprint: print("B") };
const shown = { ...them, number: "1" };

test("a code says what was displayed, and nothing else is a code", () => {
  const code = formatCode({ mine: them, yours: me });
  expect(parseCode(` ${code}\n`)).toEqual({ mine: them, yours: me });
  for (const wrong of ["", "https://c.example/i#x", code.toLowerCase(), `${code}:more`, code.replace("verify:1", "verify:2"), `${code}${" ".repeat(300)}`, code.slice(1)]) expect(parseCode(wrong)).toBeNull();
});

test.each([
  ["same", them, me],
  ["person", { ...them, user: id("c") }, me],
  ["me", them, { ...me, user: id("c") }],
  ["theirKey", { ...them, fingerprint: print("C") }, me],
  ["myKey", them, { ...me, fingerprint: print("C") }],
] as const)("a scan compares exactly what is displayed: %s", (outcome, mine, yours) => {
  expect(compare({ mine, yours }, shown, me)).toBe(outcome);
});

async function begun(): Promise<{ api: Fake; verifying: Verifying }> {
  const api = new Fake();
  const verifying = new Verifying(api, { workspace: "w_1", user: them.user }, me);
  await verifying.begin();
  return { api, verifying };
}

test("what fits is recorded as it was displayed", async () => {
  const { api, verifying } = await begun();
  await verifying.scanned(formatCode({ mine: them, yours: me }));
  expect(verifying.done).toBe(true);
  expect(api.calls.at(-1)).toEqual(["people.confirmVerification", { user: them.user, fingerprint: them.fingerprint, number: "12345 ".repeat(12).trim() }]);
});

test("what does not fit records nothing, and is said", async () => {
  const { api, verifying } = await begun();
  await verifying.scanned(formatCode({ mine: { ...them, fingerprint: print("E") }, yours: me }));
  expect([verifying.done, verifying.mismatch]).toEqual([false, "theirKey"]);
  verifying.differ();
  expect(verifying.mismatch).toBe("number");
  expect(api.calls.some(([name]) => name === "people.confirmVerification")).toBe(false);
});
