import { expect, test } from "vitest";
import type { Calls, Change, Code, Device } from "../../api/generated";
import type { Api } from "../../app/engine";
import { Devices, shortID } from "./devices.svelte";
import { ChangePassphrase, KitAgain, OwnKey } from "./secrets.svelte";
import { Unlock } from "./unlock.svelte";

const kit = { origin: "https://c.example", handle: "a@example.org", accountKey: "NC00-0000-0000-0000-0000-0000-0053-41ZP" };

class FakeApi implements Api {
  readonly calls: [string, unknown][] = [];
  refused: Code | null = null;
  devices: Device[] = [];

  call<N extends keyof Calls>(name: N, params: Calls[N]["params"]): Promise<Calls[N]["answer"]> {
    this.calls.push([name, params]);
    // As the engine's client rejects.
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
    if (this.refused !== null && name !== "account.devices") return Promise.reject({ failure: { code: this.refused, message: { en: "no", fr: "non" }, detail: "", retryAfter: 0, misbehaved: false } });
    const answers: Record<string, unknown> = { "account.devices": { devices: this.devices }, "account.kit": kit, "account.revokeDevice": { ...kit, accountKey: "new" }, "account.exportKey": { armored: "-----BEGIN", fingerprint: "ab" } };
    return Promise.resolve((answers[name] ?? {}) as Calls[N]["answer"]);
  }

  onChange(_listener: (change: Change) => void): () => void {
    return () => undefined;
  }
}

const device = (id: string, more: Partial<Device> = {}): Device => ({ id, created: 1, revoked: false, current: false, ...more });

test("a lock opens with the passphrase, and says when it is the wrong one", async () => {
  const api = new FakeApi();
  const model = new Unlock(api);
  expect(await model.submit()).toBe(false);
  expect(api.calls).toEqual([]);
  api.refused = "sign_in_failed";
  model.passphrase = "wrong";
  expect(await model.submit()).toBe(false);
  expect([model.wrong, model.refusal, model.passphrase]).toEqual([true, null, "wrong"]);
  model.passphrase = "right";
  expect(model.wrong).toBe(false);
  api.refused = "store_corrupt";
  await model.submit();
  expect([model.wrong, model.refusal?.code]).toEqual([false, "store_corrupt"]);
  api.refused = null;
  expect(await model.submit()).toBe(true);
  expect([model.passphrase, model.refusal]).toEqual(["", null]);
});

test("signing out says when it could not be done", async () => {
  const api = new FakeApi();
  const model = new Unlock(api);
  api.refused = "internal";
  await expect(model.signOut()).rejects.toBeDefined();
  expect(model.refusal?.code).toBe("internal");
  api.refused = null;
  await model.signOut();
  expect(model.refusal).toBeNull();
});

test("devices: this one first, revoked ones last", async () => {
  const api = new FakeApi();
  api.devices = [device("old", { created: 2 }), device("gone", { revoked: true, created: 9 }), device("new", { created: 5 }), device("me", { current: true })];
  const model = new Devices(api, () => Promise.resolve());
  await model.refresh();
  expect(model.list?.map((one) => one.id)).toEqual(["me", "new", "old", "gone"]);
  expect(shortID("0123456789abcdef")).toBe("89AB CDEF");
});

test("revoking asks for the passphrase and leaves a new kit that is due", async () => {
  const api = new FakeApi();
  const kept: string[] = [];
  const model = new Devices(api, (value) => (kept.push(value), Promise.resolve()));
  api.refused = "sign_in_failed";
  expect(await model.revoke("d", "wrong")).toBe(false);
  expect([model.wrong, model.newKit, model.busy]).toEqual([true, null, false]);
  api.refused = null;
  expect(await model.revoke("d", "right")).toBe(true);
  expect(model.newKit?.accountKey).toBe("new");
  expect(kept).toEqual(["later"]);
  await model.settle(true);
  expect(model.newKit).toBeNull();
  expect(kept).toEqual(["later", "yes"]);
});

test("the code for a further device is shown after the passphrase, and forgotten with the dialog", async () => {
  const model = new Devices(new FakeApi(), () => Promise.resolve());
  expect(await model.show("x")).toBe(true);
  expect(model.shown).toEqual(kit);
  model.reset();
  expect(model.shown).toBeNull();
});

test("another passphrase", async () => {
  const api = new FakeApi();
  const model = new ChangePassphrase(api);
  model.old = "vert cheval";
  for (const [fresh, again, problem] of [["short", "short", "short"], ["vert cheval", "vert cheval", "same"], ["lampe douze", "lampe douce", "different"]] as const) {
    model.fresh = fresh;
    model.again = again;
    expect(await model.submit()).toBe(false);
    expect(model.problem).toBe(problem);
  }
  model.again = model.fresh;
  expect(await model.submit()).toBe(true);
  expect(api.calls).toEqual([["account.changePassphrase", { old: "vert cheval", new: "lampe douze" }]]);
  expect([model.old, model.fresh, model.again]).toEqual(["", "", ""]);
});

test("kit and key", async () => {
  const api = new FakeApi();
  const again = new KitAgain(api);
  expect(await again.show("x")).toBe(true);
  again.hide();
  expect(again.kit).toBeNull();
  const key = new OwnKey(api);
  await key.load();
  expect(key.public?.fingerprint).toBe("ab");
  expect(await key.private("x")).toBe("-----BEGIN");
  api.refused = "sign_in_failed";
  expect(await key.private("y")).toBeNull();
  expect(key.wrong).toBe(true);
});
