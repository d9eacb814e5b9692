// Every screen as a picture: desktop and phone, light and dark, in both languages. The
// data are the demonstration's (tools/demo); scripts/screenshots.sh makes them.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { call } from "../support/engine.ts";
import { Server } from "../support/server.ts";
import { expect, test } from "../support/test.ts";

const data = process.env["SHOTS_DATA"] ?? "";
const port = Number(process.env["SHOTS_PORT"]);
const folder = process.env["SHOTS_OUTPUT"] ?? "";

const formats = [
  { name: "desktop", viewport: { width: 1280, height: 800 }, touch: false },
  { name: "phone", viewport: { width: 390, height: 844 }, touch: true },
];
const languages = [
  { name: "fr", locale: "fr-FR" },
  { name: "en", locale: "en-GB" },
];

/** Screens of those who are not signed in. */
const outside: Record<string, string> = { landing: "/", legal: "/legal", signup: "/signup", signin: "/signin", recover: "/recover", invite: "/i", nowhere: "/nowhere" };

interface Places {
  workspace: string;
  channel: (name: string) => string;
  thread: string;
  person: string;
}

function inside({ workspace, channel, thread, person }: Places): Record<string, string> {
  const w = `/w/${workspace}`;
  const general = `${w}/c/${channel("general")}`;
  return {
    channel: general,
    "channel-code": `${w}/c/${channel("développement")}`,
    "channel-private": `${w}/c/${channel("juridique")}`,
    thread: `${general}?panel=thread/${thread}`,
    pins: `${general}?panel=pins/all`,
    shield: `${general}?panel=shield/${channel("general")}`,
    readers: `${general}?panel=readers/${channel("general")}`,
    find: `${general}?panel=find/all`,
    person: `${general}?panel=person/${person}`,
    workspace: w,
    inbox: `${w}/inbox`,
    people: `${w}/people`,
    invites: `${w}/people/invites`,
    channels: `${w}/channels`,
    search: `${w}/search`,
    leave: `${w}/leave`,
    new: "/new",
    security: "/security",
    account: "/account",
    "account-kit": "/account/kit",
    "account-passphrase": "/account/passphrase",
    "account-key": "/account/key",
    "account-lock": "/account/lock",
    settings: "/settings",
    "settings-notifications": "/settings/notifications",
    "settings-registration": "/settings/registration",
    "settings-accounts": "/settings/accounts",
    "settings-branding": "/settings/branding",
  };
}

async function shoot(page: Page, prefix: string, screens: Record<string, string>): Promise<void> {
  for (const [name, address] of Object.entries(screens)) {
    await page.goto(address);
    await expect(page.getByRole("heading").first()).toBeVisible();
    await page.waitForLoadState("networkidle");
    await picture(page, prefix, name);
  }
}

async function picture(page: Page, prefix: string, name: string): Promise<void> {
  for (const theme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await page.screenshot({ path: join(folder, `${prefix}-${theme}`, `${name}.png`), animations: "disabled", caret: "hide" });
  }
}

const credentials = readFileSync(join(data, "credentials.txt"), "utf8");
const passphrase = /^Passphrase of all of them: (.+)$/m.exec(credentials)?.[1] ?? "";
const accountKey = /claire@aurore\.example\s+(\S+)/.exec(credentials)?.[1] ?? "";

async function places(page: Page): Promise<Places> {
  const { workspaces } = await call(page, "workspaces.list", {});
  const workspace = workspaces[0]?.id ?? "";
  const { channels } = await call(page, "channels.list", { workspace });
  const channel = (name: string) => channels.find((one) => one.name === name)?.id ?? "";
  const { messages } = await call(page, "messages.window", { workspace, channel: channel("general"), seq: 0, before: 200, after: 0 });
  const { people } = await call(page, "people.list", { workspace });
  return { workspace, channel, thread: messages.findLast((one) => one.replies > 0)?.id ?? "", person: people.find((one) => one.verified)?.user ?? "" };
}

test("pictures", async ({ browser }) => {
  const server = new Server({ data: join(data, "server"), port });
  await server.start();
  try {
    for (const language of languages) {
      for (const format of formats) {
        const prefix = `${format.name}-${language.name}`;
        await test.step(prefix, async () => {
          const context = await browser.newContext({ baseURL: server.origin, locale: language.locale, viewport: format.viewport, hasTouch: format.touch, isMobile: format.touch, deviceScaleFactor: format.touch ? 2 : 1 });
          const page = await context.newPage();
          await shoot(page, prefix, outside);
          await page.goto("/signin");
          await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
          await call(page, "session.signIn", { handle: "claire@aurore.example", passphrase, accountKey, name: "" });
          await call(page, "workspaces.refresh", {});
          const known = await places(page);
          await shoot(page, prefix, inside(known));
          await page.keyboard.press("Control+k");
          await expect(page.getByRole("dialog")).toBeVisible();
          await picture(page, prefix, "palette");
          await page.keyboard.press("Escape");
          await call(page, "session.lock", {});
          await shoot(page, prefix, { lock: "/lock" });
          await context.close();
        });
      }
    }
  } finally {
    await server.stop("SIGTERM");
    await server.remove();
  }
});
