// axe-core on every screen, in both themes.
import { createWorkspace, find, lock, makeAccount, signUp } from "./support/acts.ts";
import { expectAccessible } from "./support/axe.ts";
import { call } from "./support/engine.ts";
import { expect, test } from "./support/test.ts";

test("the screens of those who are not signed in", async ({ person }) => {
  test.slow();
  const { page } = await person("Alice");
  for (const [address, name] of [["/", "the first page"], ["/legal", "legal notices"], ["/signin", "signing in"], ["/recover", "recovery"], ["/i", "an invite that is not complete"], ["/nowhere", "nothing at this address"], ["/signup", "signing up"]] as const) {
    await page.goto(address);
    await expect(page.getByRole("heading").first()).toBeVisible();
    await expectAccessible(page, name);
  }
});

test("signing up, step by step", async ({ person }) => {
  test.slow();
  const alice = await person("Alice");
  const { page } = alice;
  await page.goto("/signup");
  await makeAccount(alice);
  await expectAccessible(page, "the emergency kit");
  await page.getByRole("button", { name: "I have kept it" }).click();
  await expectAccessible(page, "the proof of the kit");
  await page.getByRole("button", { name: "Remind me later" }).click();
  await expect(page.getByRole("heading", { name: "Make a workspace" })).toBeVisible();
  await expectAccessible(page, "the first workspace");
});

test("the screens of a workspace", async ({ person, server }) => {
  test.slow();
  const alice = await person("Alice");
  const { page } = alice;
  await signUp(alice);
  const id = await createWorkspace(alice, "Projet Aurore");
  const at = await find(page, "Projet Aurore");
  const { url } = await call(page, "invites.create", { workspace: id, role: "member", channels: [], uses: 5, expiresIn: 0, approval: true });
  expect(url).toContain("#");
  const { url: second } = await call(page, "invites.create", { workspace: id, role: "member", channels: [], uses: 5, expiresIn: 0, approval: false });
  const bob = server.cli("Bob");
  await bob.signUp();
  await bob.run("join", second);
  await bob.run("post", "general", "A **bold** word, `code`, a [link](https://example.org), @Alice\n\n- one\n- two\n\n> said before\n\n```go\nfunc main() {}\n```");
  const { id: root } = await call(page, "messages.post", { ...at, text: "a question", replyTo: null, thread: null });
  await call(page, "messages.post", { ...at, text: "an answer", replyTo: null, thread: root });
  await call(page, "messages.react", { ...at, message: root, emoji: "👍", on: true });
  await call(page, "messages.pin", { ...at, message: root, on: true });
  const { people } = await call(page, "people.list", { workspace: id });
  const other = people.find((one) => !one.self)?.user ?? "";
  const channel = `/w/${id}/c/${at.channel}`;
  for (const address of [
    channel, `${channel}?panel=thread/${root}`, `${channel}?panel=pins/all`, `${channel}?panel=shield/${at.channel}`, `${channel}?panel=readers/${at.channel}`, `${channel}?panel=find/all`, `${channel}?panel=person/${other}`,
    `/w/${id}`, `/w/${id}/inbox`, `/w/${id}/people`, `/w/${id}/people/invites`, `/w/${id}/channels`, `/w/${id}/search`, `/w/${id}/leave`,
    "/new", "/security", "/account", "/account/devices", "/account/kit", "/account/passphrase", "/account/key", "/account/lock",
    "/settings", "/settings/notifications", "/settings/registration", "/settings/accounts", "/settings/branding",
  ]) {
    await page.goto(address);
    await expect(page.getByRole("heading").first()).toBeVisible();
    await expectAccessible(page, address);
  }
  await page.goto(channel);
  await expect(page.getByRole("heading").first()).toBeVisible();
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("dialog")).toBeVisible();
  await expectAccessible(page, "the palette");
  await page.keyboard.press("Escape");
  await lock(page);
  await expectAccessible(page, "the lock");
});
