// From the first page to a workspace, locking, and a further device.
import { createWorkspace, find, lock, makeAccount, pathOf, signUp, tabTo, texts, unlock } from "./support/acts.ts";
import { call } from "./support/engine.ts";
import { expect, test } from "./support/test.ts";

test("the first page opens in the language of the browser and asks nobody else for anything", async ({ person }) => {
  const { page } = await person("Alice");
  await page.goto("/");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
  const french = await person("Zoé", { locale: "fr-FR" });
  await french.page.goto("/");
  await expect(french.page.locator("html")).toHaveAttribute("lang", "fr");
});

test("somebody signs up, proves that the kit was kept, makes a workspace, locks and unlocks", async ({ person }) => {
  const alice = await person("Alice");
  await signUp(alice);
  const id = await createWorkspace(alice, "Projet Aurore");
  const at = await find(alice.page, "Projet Aurore");
  expect(at.workspace).toBe(id);
  await lock(alice.page);
  await alice.page.getByLabel("Passphrase", { exact: true }).fill("not the passphrase");
  await alice.page.getByRole("button", { name: "Unlock", exact: true }).click();
  await expect(alice.page.getByText("This is not your passphrase")).toBeVisible();
  await unlock(alice);
  await expect.poll(() => pathOf(alice.page)).toMatch(/^\/w\//);
  await alice.page.reload();
  await expect.poll(() => pathOf(alice.page)).toMatch(/^\/w\//);
});

test("the kit opens the account in another browser", async ({ person }) => {
  const alice = await person("Alice");
  const accountKey = await signUp(alice);
  await createWorkspace(alice, "Projet Aurore");
  const at = await find(alice.page, "Projet Aurore");
  await call(alice.page, "messages.post", { ...at, text: "kept for later", replyTo: null, thread: null });

  const phone = await person("Alice", { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  await phone.page.goto("/signin");
  await phone.page.getByLabel("Email").fill(alice.email);
  await phone.page.getByLabel("Passphrase", { exact: true }).fill(alice.passphrase);
  await phone.page.getByLabel("Account key").fill(accountKey.toLowerCase());
  await phone.page.getByRole("button", { name: "Sign in on this device" }).click();
  await expect.poll(() => pathOf(phone.page), { timeout: 60_000 }).toMatch(/^\/w\//);
  await expect.poll(() => texts(phone.page, at)).toContain("kept for later");
});

test("a code in a sign-in address fills in the form and leaves the address", async ({ person }) => {
  const alice = await person("Alice");
  await alice.page.goto("/signup");
  await makeAccount(alice);
  const kit = await call(alice.page, "account.kit", { passphrase: alice.passphrase });
  const other = await person("Other");
  await other.page.goto(`/signin#not-a-kit`);
  await expect(other.page.getByLabel("Account key")).toHaveValue("");
  await expect.poll(() => other.page.url()).not.toContain("#");
  expect(kit.handle).toBe(alice.email);
});

test("with the keyboard alone: from the first page to a workspace", async ({ person }) => {
  const { page, name, email, passphrase } = await person("Alice");
  await page.goto("/signup");
  const type = async (label: string, value: string) => {
    await tabTo(page, page.getByLabel(label, { exact: true }));
    await page.keyboard.type(value);
  };
  const press = async (button: string) => {
    await tabTo(page, page.getByRole("button", { name: button, exact: true }));
    await page.keyboard.press("Enter");
  };
  await type("Your name", name);
  await type("Email", email);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Choose a passphrase" })).toBeFocused();
  await type("Passphrase", passphrase);
  await type("The same once more", passphrase);
  await press("Create my account");
  await expect(page.getByRole("heading", { name: "Your emergency kit" })).toBeFocused({ timeout: 60_000 });
  await press("Remind me later");
  await expect(page.getByRole("heading", { name: "Make a workspace" })).toBeFocused();
  await type("Name of the workspace", "Projet Aurore");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/w\/w_/);
});
