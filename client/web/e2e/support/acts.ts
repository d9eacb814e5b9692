// What people do in the app, by the names that a screen reader would tell (English).
// When a screen changes its words, this is the file to change.
import { expect, type Locator, type Page } from "@playwright/test";
import { call } from "./engine.ts";
import type { Person } from "./test.ts";

/** The address bar, without what stands before the path. */
export function pathOf(page: Page): string {
  return new URL(page.url()).pathname;
}

/** Fills in who somebody is and a passphrase, and waits for the kit. */
export async function makeAccount(who: Person): Promise<void> {
  const { page } = who;
  await page.getByLabel("Your name").fill(who.name);
  await page.getByLabel("Email").fill(who.email);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByLabel("Passphrase", { exact: true }).fill(who.passphrase);
  await page.getByLabel("The same once more").fill(who.passphrase);
  await page.getByRole("button", { name: "Create my account" }).click();
  await expect(page.getByRole("heading", { name: "Your emergency kit" })).toBeVisible({ timeout: 60_000 });
}

/** Shows that the kit was kept, with the key as the engine knows it. */
export async function proveKit(who: Person): Promise<string> {
  const { page } = who;
  const { accountKey } = await call(page, "account.kit", { passphrase: who.passphrase });
  await page.getByRole("button", { name: "I have kept it" }).click();
  const groups = accountKey.split("-");
  const asked = page.getByLabel(/^Group \d$/);
  await expect(asked).toHaveCount(2);
  for (const field of await asked.all()) {
    const label = await field.evaluate((input: HTMLInputElement) => input.labels?.[0]?.textContent ?? "");
    await field.fill(groups[Number(/\d/.exec(label)?.[0]) - 1] ?? "");
  }
  await page.getByRole("button", { name: "Check" }).click();
  return accountKey;
}

/** Makes an account from the first page on, up to where a workspace is to be made. */
export async function signUp(who: Person): Promise<string> {
  await who.page.goto("/signup");
  await makeAccount(who);
  const key = await proveKit(who);
  await expect(who.page.getByRole("heading", { name: "Make a workspace" })).toBeVisible();
  return key;
}

export async function createWorkspace(who: Person, name: string): Promise<string> {
  const { page } = who;
  await page.getByLabel("Name of the workspace").fill(name);
  await page.getByRole("button", { name: "Create the workspace" }).click();
  await expect(page).toHaveURL(/\/w\/w_/);
  return /\/w\/(w_[^/]+)/.exec(page.url())?.[1] ?? "";
}

/** The workspace that somebody has a name for, and a channel in it. */
export async function find(page: Page, workspace: string, channel = "general"): Promise<{ workspace: string; channel: string }> {
  const { workspaces } = await call(page, "workspaces.list", {});
  const found = workspaces.find((one) => one.name === workspace);
  if (!found) throw new Error(`there is no workspace ${workspace}`);
  const { channels } = await call(page, "channels.list", { workspace: found.id });
  const within = channels.find((one) => one.name === channel);
  if (!within) throw new Error(`there is no channel ${channel}`);
  return { workspace: found.id, channel: within.id };
}

/** The texts of a channel, as the engine of a page has them. */
export async function texts(page: Page, at: { workspace: string; channel: string }): Promise<string[]> {
  const { messages } = await call(page, "messages.window", { ...at, seq: 0, before: 100, after: 0 });
  return messages.map((message) => (message.deletedBy ? "(deleted)" : message.text));
}

export async function lock(page: Page): Promise<void> {
  await call(page, "session.lock", {});
  await expect(page.getByRole("heading", { name: "Locked" })).toBeVisible();
}

export async function unlock(who: Person): Promise<void> {
  await who.page.getByLabel("Passphrase", { exact: true }).fill(who.passphrase);
  await who.page.getByRole("button", { name: "Unlock", exact: true }).click();
}

/** Presses Tab until something has the focus. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let i = 0; i < 60; i++) {
    if (await target.evaluate((element) => element === document.activeElement).catch(() => false)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab does not reach ${target.toString()}`);
}

/** A message of the timeline or of a thread, by a part of what it says. */
export function message(page: Page, text: string | RegExp): Locator {
  return page.getByRole("article").filter({ hasText: text });
}

export function composer(page: Page): Locator {
  return page.getByRole("textbox", { name: /^Write to / });
}

/** Writes a message, as people do. */
export async function send(page: Page, text: string): Promise<void> {
  await composer(page).fill(text);
  await composer(page).press("Enter");
  await expect(message(page, text.replaceAll("**", ""))).toBeVisible();
}

/** Chooses in the menu of a message. */
export async function choose(page: Page, of: Locator, item: string): Promise<void> {
  await of.hover();
  await of.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: item }).click();
}

/** Makes an invite link on its page; several may use it. */
export async function makeInvite(page: Page, workspace: string): Promise<string> {
  await page.goto(`/w/${workspace}/people/invites`);
  await page.getByRole("button", { name: "New invite" }).first().click();
  await page.getByLabel(/how many people/i).fill("5");
  await page.getByRole("button", { name: "Make the link" }).click();
  const link = page.getByLabel("Link of the invite", { exact: true });
  await expect(link).toContainText("/i#");
  const url = (await link.textContent()) ?? "";
  await page.getByRole("button", { name: "Done" }).click();
  return url.trim();
}

/** Opens an invite as a stranger, makes an account and joins. */
export async function joinAsStranger(who: Person, url: string): Promise<void> {
  const { page } = who;
  await page.goto(url);
  await page.getByRole("link", { name: "Create an account and join" }).click();
  await makeAccount(who);
  await proveKit(who);
  await page.getByRole("button", { name: "Join the workspace" }).click();
  await expect(page).toHaveURL(/\/w\/w_/);
}
