import { expect, test, vi } from "vitest";
import { failure, FakeApi } from "./fake.testing";
import { FirstWorkspace, generalOf, homeOf } from "./first.svelte";
import { OpenInvite } from "./invite.svelte";
import { Recover } from "./recover.svelte";
import { SignIn } from "./signin.svelte";
import { SignUp } from "./signup.svelte";

const accountKey = "NC00-0000-0000-0000-0000-0000-0053-41ZP";
const kit = { origin: "https://c.example", handle: "a@example.org", accountKey };
const url = "https://c.example/i#owECAlABcdefghijklmn";

function signUp(answer: object = { ...kit, kept: true }) {
  const api = new FakeApi();
  api.answers["session.signUp"] = () => answer;
  const kept: string[] = [];
  const model = new SignUp(api, () => "", (value) => (kept.push(value), Promise.resolve()));
  return { api, model, kept };
}

async function atKit(made = signUp()) {
  const { model } = made;
  model.name = " Amélie ";
  model.email = " a@example.org ";
  model.submitYou();
  model.passphrase = model.again = "  vert cheval lampe ";
  await model.submitPassphrase();
  return made;
}

test("sign-up goes step by step, and the passphrase is taken as it is", async () => {
  const { api, model, kept } = await atKit();
  expect(api.calls).toEqual([["session.signUp", { handle: "a@example.org", name: "Amélie", passphrase: "  vert cheval lampe ", invite: "" }]]);
  expect(model.step).toBe("kit");
  expect(model.kit).toEqual(kit);
  expect([model.passphrase, model.again]).toEqual(["", ""]);
  expect(kept).toEqual(["later"]);
  model.toProof();
  await model.proven();
  expect(model.step).toBe("done");
  expect(kept).toEqual(["later", "yes"]);
});

test("a kit that is left for later stays due", async () => {
  const { model, kept } = await atKit();
  model.defer();
  expect(model.step).toBe("done");
  expect(kept).toEqual(["later"]);
});

test("an account that the device could not keep is said, and nothing is set", async () => {
  const { model, kept } = await atKit(signUp({ ...kit, kept: false }));
  expect(model.kept).toBe(false);
  model.toProof();
  await model.proven();
  expect(kept).toEqual([]);
});

test("what is missing is said at its field, and goes when it is typed", () => {
  const { model } = signUp();
  model.email = "nobody";
  model.submitYou();
  expect(model.problems).toEqual({ name: "name", email: "email" });
  model.clear("name");
  expect(model.problems.name).toBeUndefined();
  model.name = "é".repeat(101);
  model.email = "a@b";
  model.submitYou();
  expect(model.problems).toEqual({ name: "longName" });
  expect(model.step).toBe("you");
});

test("a passphrase is long enough, short enough, and twice the same", async () => {
  const { api, model } = signUp();
  model.name = "A";
  model.email = "a@b";
  model.submitYou();
  for (const [passphrase, again, problems] of [
    ["short", "short", { passphrase: "short" }],
    ["é".repeat(513), "é".repeat(513), { passphrase: "long" }],
    ["vert cheval", "vert cheva1", { again: "different" }],
  ] as const) {
    model.passphrase = passphrase;
    model.again = again;
    await model.submitPassphrase();
    expect(model.problems).toEqual(problems);
  }
  expect(api.calls).toEqual([]);
  model.suggest();
  expect(model.again).toBe("");
  expect(model.strength.level).not.toBe("weak");
});

test("a taken address leads back to its field; another failure stays where it is", async () => {
  const { api, model } = signUp();
  api.refuse("session.signUp", "handle_taken");
  await atKit({ api, model, kept: [] });
  expect(model.step).toBe("you");
  expect(model.problems.email).toBe("taken");
  api.refuse("session.signUp", "offline");
  model.submitYou();
  await model.submitPassphrase();
  expect(model.step).toBe("passphrase");
  expect(model.refusal).toMatchObject({ code: "offline", sentence: "en offline" });
  expect(model.passphrase).not.toBe("");
});

test("signing in: the key is grouped while it is typed, and a slip is found before anything is asked", async () => {
  const api = new FakeApi();
  const model = new SignIn(api, kit.origin);
  model.email = kit.handle;
  model.passphrase = "x";
  for (const c of accountKey.replaceAll("-", "").toLowerCase()) model.key += c;
  expect(model.key).toBe(accountKey);
  model.key = accountKey.replace("41ZP", "41PZ");
  await vi.waitFor(() => expect(model.problems.key).toBe("mistyped"));
  expect(await model.submit()).toBe(false);
  expect(api.calls).toEqual([]);
  model.key = accountKey;
  expect(await model.submit()).toBe(true);
  expect(api.calls).toEqual([["session.signIn", { handle: kit.handle, passphrase: "x", accountKey, name: "" }]]);
  expect([model.passphrase, model.key]).toEqual(["", ""]);
});

test("a code fills the form, whether scanned, opened or pasted into the field; another server's does not", async () => {
  const code = `${kit.origin}/signin#k=${accountKey.replaceAll("-", "")}&h=a%40example.org`;
  const scanned = new SignIn(new FakeApi(), kit.origin);
  expect(scanned.takeCode(code)).toBe(true);
  expect([scanned.email, scanned.key, scanned.filled]).toEqual([kit.handle, accountKey, true]);
  const pasted = new SignIn(new FakeApi(), kit.origin);
  pasted.key = ` ${code}\n`;
  expect(pasted.key).toBe(accountKey);
  const foreign = new SignIn(new FakeApi(), "https://other.example");
  expect(foreign.takeCode(code)).toBe(false);
  expect(foreign.problems.key).toBe("otherServer");
  expect(foreign.key).toBe("");
  expect(await foreign.submit()).toBe(false);
});

test("a sign-in that is refused keeps what was typed", async () => {
  const api = new FakeApi();
  api.refuse("session.signIn", "sign_in_failed");
  const model = new SignIn(api, kit.origin);
  model.take(kit);
  model.passphrase = "wrong";
  expect(await model.submit()).toBe(false);
  expect(model.refusal?.code).toBe("sign_in_failed");
  expect(model.passphrase).toBe("wrong");
  expect(model.busy).toBe(false);
});

const channel = (id: string, name: string, kind = "open", archived = false) => ({ id, name, kind, archived });

test("the first workspace leads into general", async () => {
  const api = new FakeApi();
  api.answers["workspaces.create"] = () => ({ workspace: "w1" });
  api.answers["channels.list"] = () => ({ channels: [channel("c0", "accueil"), channel("c1", "general")] });
  const model = new FirstWorkspace(api);
  expect(await model.create()).toBeNull();
  expect(model.problem).toBe("name");
  model.name = " Projet Aurore ";
  expect(await model.create()).toBe("/w/w1/c/c1");
  expect(api.calls[0]).toEqual(["workspaces.create", { name: "Projet Aurore" }]);
  api.refuse("workspaces.create", "quota_exceeded");
  expect(await model.create()).toBeNull();
  expect(model.refusal?.code).toBe("quota_exceeded");
});

test("a guest lands in a channel of the invite, and a workspace without one on its page", async () => {
  const api = new FakeApi();
  api.answers["channels.list"] = () => ({ channels: [channel("c3", "", "direct"), channel("c2", "chantier", "private")] });
  expect(await generalOf(api, "w1")).toBe("/w/w1/c/c2");
  api.answers["channels.list"] = () => ({ channels: [] });
  expect(await generalOf(api, "w1", 0)).toBe("/w/w1");
  // Whoever has just joined learns the channels a moment later.
  const waiting = generalOf(api, "w1", 60_000);
  await vi.waitFor(() => expect(api.listening).toBe(1));
  api.answers["channels.list"] = () => ({ channels: [channel("c1", "general")] });
  api.tell("channels");
  expect(await waiting).toBe("/w/w1/c/c1");
  expect(api.listening).toBe(0);
  api.refuse("channels.list", "offline");
  expect(await generalOf(api, "w1")).toBe("/w/w1");
});

test("home is the first workspace to work in, what was offered, or making one", async () => {
  const api = new FakeApi();
  api.answers["channels.list"] = () => ({ channels: [channel("c1", "general")] });
  api.answers["workspaces.list"] = () => ({ workspaces: [{ id: "w0", removed: true }, { id: "w1", offered: true }, { id: "w2" }] });
  expect(await homeOf(api)).toBe("/w/w2/c/c1");
  api.answers["workspaces.list"] = () => ({ workspaces: [{ id: "w1", offered: true }] });
  expect(await homeOf(api)).toBe("/w/w1");
  api.answers["workspaces.list"] = () => ({ workspaces: [] });
  expect(await homeOf(api)).toBe("/new");
});

test("an invite is joined, waits for an admin, or is closed", async () => {
  const api = new FakeApi();
  const preview = { usable: true, workspace: "w1", name: "Projet Aurore", inviter: "Bruno", role: "guest", members: 3, expires: 0, usesLeft: 1, approval: false, joined: false };
  api.answers["invites.preview"] = () => preview;
  api.answers["invites.join"] = () => ({ workspace: "w1" });
  api.answers["channels.list"] = () => ({ channels: [channel("c1", "general")] });
  api.answers["workspaces.list"] = () => ({ workspaces: [{ id: "w1", pending: false }] });
  const joined = new OpenInvite(api, url);
  await joined.load();
  expect([joined.stage, joined.role, joined.offer?.name]).toEqual(["offer", "guest", "Projet Aurore"]);
  await joined.join();
  expect([joined.stage, joined.next]).toEqual(["joined", "/w/w1/c/c1"]);

  api.answers["workspaces.list"] = () => ({ workspaces: [{ id: "w1", pending: true }] });
  const waiting = new OpenInvite(api, url);
  await waiting.load();
  await waiting.join();
  expect(waiting.stage).toBe("waiting");

  for (const [code, stage] of [["invite_unusable", "closed"], ["bad_request", "none"], ["offline", "offer"]] as const) {
    api.answers["invites.join"] = () => {
      throw failure(code);
    };
    const refused = new OpenInvite(api, url);
    await refused.load();
    await refused.join();
    expect(refused.stage, code).toBe(stage);
    expect(refused.refusal?.code).toBe(code);
  }
  expect(new OpenInvite(api, null).stage).toBe("none");

  api.answers["invites.preview"] = () => ({ ...preview, usable: false });
  const used = new OpenInvite(api, url);
  await used.load();
  expect([used.stage, used.offer]).toEqual(["closed", null]);
  for (const [code, stage] of [["offline", "failed"], ["bad_request", "none"]] as const) {
    api.refuse("invites.preview", code);
    const unseen = new OpenInvite(api, url);
    await unseen.load();
    expect(unseen.stage, code).toBe(stage);
  }
});

test("the recovery phrase opens the account with a new passphrase and a new kit", async () => {
  const api = new FakeApi();
  const kept: string[] = [];
  const model = new Recover(api, (value) => (kept.push(value), Promise.resolve()));
  await model.submit();
  expect(model.problems).toEqual({ email: "email", phrase: "incomplete", passphrase: "short" });
  model.email = kit.handle;
  // 20 octets of zero and the checksum of "cenacle/v1/recovery-phrase" over them.
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array([...new TextEncoder().encode("cenacle/v1/recovery-phrase"), ...new Uint8Array(20)]))).subarray(0, 5);
  const bits = [...sum].map((octet) => octet.toString(2).padStart(8, "0")).join("");
  const tail = (bits.match(/.{5}/g) ?? []).map((five) => "0123456789ABCDEFGHJKMNPQRSTVWXYZ".charAt(parseInt(five, 2))).join("");
  model.phrase = "0".repeat(32) + tail.toLowerCase();
  expect(model.phrase.split("-").map((group) => group.length)).toEqual([5, 5, 5, 5, 5, 5, 5, 5]);
  model.passphrase = model.again = "lampe douze vert";
  api.refuse("session.recover", "sign_in_failed");
  await model.submit();
  expect([model.step, model.refusal?.code]).toEqual(["form", "sign_in_failed"]);
  api.answers["session.recover"] = () => ({ ...kit, kept: true });
  await model.submit();
  expect([model.step, model.kit, model.phrase, model.passphrase]).toEqual(["kit", kit, "", ""]);
  model.toProof();
  await model.proven();
  expect([model.step, kept]).toEqual(["done", ["later", "yes"]]);
});
