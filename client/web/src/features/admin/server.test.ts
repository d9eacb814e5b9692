import { expect, test } from "vitest";
import type { Account, AdminServer, Calls } from "../../api/generated";
import type { Api } from "../../app/engine";
import { Accounts } from "./accounts.svelte";
import { ServerAdmin } from "./server.svelte";

const settings = { registration: null, workspaceQuota: 0, accountQuota: 0, workspaces: 0 };
const branding = { name: "", accent: "", accentDark: "", welcome: { en: "", fr: "" }, legal: { en: "", fr: "" }, logo: "" };

function refused(code: string) {
  return Promise.reject(Object.assign(new Error(code), { failure: { code, message: { en: `${code}.`, fr: `${code}.` }, misbehaved: false } }));
}

test("a change replaces what it names, and leaves the rest", async () => {
  let now: AdminServer = { revision: 1, settings, inForce: settings, branding, accounts: 1 };
  let saved = 0;
  const call = (name: string, params: Calls["admin.update"]["params"]) => {
    if (name === "admin.update") {
      if (params.revision !== now.revision) return refused("conflict");
      now = { ...now, revision: now.revision + 1, settings: params.settings, branding: params.branding };
    }
    return Promise.resolve(now);
  };
  const server = new ServerAdmin({ call, onChange: () => () => undefined } as unknown as Api, () => saved++);
  expect(await server.save({ settings }), "not before it was read").toBe(false);
  await server.load();
  expect(await server.save({ settings: { ...settings, registration: "closed" } })).toBe(true);
  expect(await server.save({ branding: { ...branding, name: "Sète" } })).toBe(true);
  expect(now).toMatchObject({ revision: 3, settings: { registration: "closed" }, branding: { name: "Sète" } });
  expect(saved).toBe(2);

  now = { ...now, revision: 9, branding: { ...branding, name: "somebody else’s" } };
  expect(await server.save({ branding })).toBe(false);
  expect([server.conflict, server.refusal, server.now?.branding.name, now.revision]).toEqual([true, null, "somebody else’s", 9]);
});

function account(handle: string): Account {
  return { user: `u_${handle}`, handle, created: 0, octets: 0, admin: false, disabled: false, self: false };
}

test("accounts come page by page and are found by a part of their address", async () => {
  const asked: string[] = [];
  const api = {
    call: (_: string, { after }: { after: string }) => {
      asked.push(after);
      return Promise.resolve(after === "" ? { accounts: [account("a@x.org"), account("b@y.org")], more: true } : { accounts: [account("c@x.org")], more: false });
    },
  } as unknown as Api;
  const accounts = new Accounts(api);
  await accounts.load();
  accounts.query = " X.ORG ";
  expect(accounts.shown.map((one) => one.handle)).toEqual(["a@x.org"]);
  await accounts.fetchMore();
  await accounts.fetchMore();
  expect(accounts.shown.map((one) => one.handle)).toEqual(["a@x.org", "c@x.org"]);
  expect(asked).toEqual(["", "b@y.org"]);
});

test("what the server refuses is shown as it was", async () => {
  const api = { call: (name: string) => (name === "admin.accounts" ? Promise.resolve({ accounts: [account("a@x.org")], more: false }) : refused("forbidden")) } as unknown as Api;
  const accounts = new Accounts(api);
  await accounts.load();
  const setting = accounts.setDisabled("u_a@x.org", true);
  expect(accounts.shown[0]?.disabled, "at once").toBe(true);
  expect(await setting).toBe(false);
  expect([accounts.shown[0]?.disabled, accounts.refusal?.code]).toEqual([false, "forbidden"]);
  await expect(accounts.remove("u_a@x.org")).rejects.toThrow("forbidden");
  expect(accounts.count).toBe(1);
});
