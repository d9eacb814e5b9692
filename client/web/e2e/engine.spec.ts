// One engine for all tabs, the leader's end, a server that dies, people with and
// without a network, and somebody in a terminal.
import { createWorkspace, find, signUp, texts } from "./support/acts.ts";
import { call } from "./support/engine.ts";
import { expect, test } from "./support/test.ts";

const post = { replyTo: null, thread: null };

test("two tabs share one engine, and the second takes over when the first is closed", async ({ person }) => {
  const alice = await person("Alice");
  await signUp(alice);
  await createWorkspace(alice, "Projet Aurore");
  const at = await find(alice.page, "Projet Aurore");
  const second = await alice.context.newPage();
  await second.goto(`/w/${at.workspace}`);
  await call(second, "messages.post", { ...at, ...post, text: "from the second tab" });
  await expect.poll(() => texts(alice.page, at)).toEqual(["from the second tab"]);
  const engines = () => [alice.page, second].flatMap((page) => (page.isClosed() ? [] : page.workers())).length;
  expect(engines()).toBe(1);

  await alice.page.close();
  // Once: a call that was carried out is never repeated.
  await call(second, "messages.post", { ...at, ...post, text: "from the one that is left" });
  await expect.poll(() => texts(second, at)).toEqual(["from the second tab", "from the one that is left"]);
  expect(engines()).toBe(1);
});

test("what is written without a network is sent when it is back, once", async ({ person, server }) => {
  const alice = await person("Alice");
  alice.guard.allow(/ERR_INTERNET_DISCONNECTED/, /ERR_CONNECTION_REFUSED/);
  await signUp(alice);
  await createWorkspace(alice, "Projet Aurore");
  const at = await find(alice.page, "Projet Aurore");
  const { url } = await call(alice.page, "invites.create", { workspace: at.workspace, role: "member", channels: [], uses: 5, expiresIn: 0, approval: false });
  const bob = server.cli("Bob");
  await bob.signUp();
  await bob.run("join", url);
  await bob.run("post", "general", "hello from a terminal");
  await expect.poll(() => texts(alice.page, at)).toEqual(["hello from a terminal"]);

  await alice.context.setOffline(true);
  await call(alice.page, "messages.post", { ...at, ...post, text: "written in a tunnel" });
  expect(await texts(alice.page, at)).toEqual(["hello from a terminal"]);
  await expect.poll(async () => (await call(alice.page, "session.state", {})).outbox).toBeGreaterThan(0);
  await alice.context.setOffline(false);
  await expect.poll(() => bob.run("read", "general"), { timeout: 60_000 }).toContain("written in a tunnel");
  await expect.poll(() => texts(alice.page, at)).toEqual(["hello from a terminal", "written in a tunnel"]);
});

test("a server that is killed and started again is found again, and nothing is lost", async ({ person, server }) => {
  const alice = await person("Alice");
  alice.guard.allow(/ERR_CONNECTION_REFUSED/, /ERR_CONNECTION_RESET/, /ERR_EMPTY_RESPONSE/, /ERR_INCOMPLETE_CHUNKED_ENCODING/, /WebSocket connection to/);
  await signUp(alice);
  await createWorkspace(alice, "Projet Aurore");
  const at = await find(alice.page, "Projet Aurore");
  await call(alice.page, "messages.post", { ...at, ...post, text: "before" });
  await server.stop("SIGKILL");
  await expect.poll(async () => (await call(alice.page, "session.state", {})).online).toBe(false);
  await call(alice.page, "messages.post", { ...at, ...post, text: "while it is down" });
  await alice.page.reload({ waitUntil: "commit" }).catch(() => undefined);
  await server.start();
  await alice.page.goto(`/w/${at.workspace}`);
  await expect.poll(() => texts(alice.page, at), { timeout: 60_000 }).toEqual(["before", "while it is down"]);
  await expect.poll(async () => (await call(alice.page, "session.state", {})).outbox).toBe(0);
});

test("who is removed, and a device that is revoked, read nothing that is written afterwards", async ({ person, server }) => {
  const alice = await person("Alice");
  alice.guard.allow(/status 401|status 403|status of 40[13]/);
  await signUp(alice);
  await createWorkspace(alice, "Projet Aurore");
  const at = await find(alice.page, "Projet Aurore");
  const { url } = await call(alice.page, "invites.create", { workspace: at.workspace, role: "member", channels: [], uses: 5, expiresIn: 0, approval: false });
  const bob = server.cli("Bob");
  await bob.signUp();
  await bob.run("join", url);
  await expect.poll(async () => (await call(alice.page, "people.list", { workspace: at.workspace })).people.map((one) => one.name)).toContain("Bob");
  const { people } = await call(alice.page, "people.list", { workspace: at.workspace });
  await call(alice.page, "people.remove", { workspace: at.workspace, user: people.find((one) => one.name === "Bob")?.user ?? "" });
  await call(alice.page, "messages.post", { ...at, ...post, text: "after Bob" });
  const read = await bob.try(["read", "general"]);
  expect(read.code).toBe(1);
  expect(read.out + read.err).not.toContain("after Bob");

  // A further device of Alice's, in a terminal, is revoked from the browser.
  const terminal = server.cli("Alice");
  const kit = await call(alice.page, "account.kit", { passphrase: alice.passphrase });
  terminal.accountKey = kit.accountKey;
  const same = Object.assign(terminal, { passphrase: alice.passphrase });
  await same.run("signin", "--server", server.origin, "--email", alice.email);
  expect(await same.run("read", "general")).toContain("after Bob");
  const { devices } = await call(alice.page, "account.devices", {});
  const other = devices.find((device) => !device.current && !device.revoked);
  const fresh = await call(alice.page, "account.revokeDevice", { passphrase: alice.passphrase, device: other?.id ?? "" });
  expect(fresh.accountKey).not.toBe(kit.accountKey);
  await call(alice.page, "messages.post", { ...at, ...post, text: "after the device" });
  const late = await same.try(["read", "general"]);
  expect(late.out).not.toContain("after the device");
});

test("a guest reads and writes in the one private channel, and learns of nothing else", async ({ person, server }) => {
  const alice = await person("Alice");
  await signUp(alice);
  await createWorkspace(alice, "Projet Aurore");
  const at = await find(alice.page, "Projet Aurore");
  const made = await call(alice.page, "channels.create", { workspace: at.workspace, name: "partners", topic: "", private: true, members: [] });
  const { url } = await call(alice.page, "invites.create", { workspace: at.workspace, role: "guest", channels: [made.channel], uses: 1, expiresIn: 0, approval: false });
  const frank = server.cli("Frank");
  await frank.signUp();
  await frank.run("join", url);
  await frank.run("post", "partners", "hello from the guest");
  await expect.poll(() => texts(alice.page, { workspace: at.workspace, channel: made.channel })).toEqual(["hello from the guest"]);
  expect(await frank.run("channel", "list")).not.toContain("general");
  // The invite was for one.
  const grace = server.cli("Grace");
  await grace.signUp();
  expect((await grace.try(["join", url])).code).toBe(1);
});
