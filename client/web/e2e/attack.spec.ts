// Rows of the list of attacks that only a real browser can show.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, request as ask, type Server as Proxy } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { chromium } from "@playwright/test";
import { createWorkspace, find, lock, pathOf, signUp, unlock } from "./support/acts.ts";
import { call } from "./support/engine.ts";
import { Guard } from "./support/guard.ts";
import { program } from "./support/server.ts";
import { expect, Person, test } from "./support/test.ts";

const post = { replyTo: null, thread: null };

/** All files below a folder whose octets contain one of the texts, as UTF-8 or as UTF-16. */
function holding(folder: string, secrets: readonly string[]): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const octets = readFileSync(path);
    for (const secret of secrets) {
      for (const form of [Buffer.from(secret), Buffer.from(secret, "utf16le"), Buffer.from(Buffer.from(secret).toString("base64").replace(/=+$/, "").slice(0, -1))]) {
        if (octets.includes(form)) found.push(`${path}: ${secret}`);
      }
    }
  }
  return found;
}

test("W7: after locking, the browser's folder on disk holds no secret and no text", async ({ server }, info) => {
  const folder = info.outputPath("profile");
  const use = info.project.use;
  const context = await chromium.launchPersistentContext(folder, { ...use.launchOptions, baseURL: server.origin, locale: "en-GB", viewport: { width: 1280, height: 800 } });
  const guard = new Guard(context, server.origin);
  const alice = new Person("Alice", context, guard, context.pages()[0] ?? (await context.newPage()));
  const accountKey = await signUp(alice);
  await createWorkspace(alice, "Projet Obsidienne");
  const at = await find(alice.page, "Projet Obsidienne");
  await call(alice.page, "messages.post", { ...at, ...post, text: "canary-obsidian-4471 is what nobody may find" });
  await call(alice.page, "channels.setDraft", { ...at, thread: null, text: "canary-draft-9913 was never sent" });
  await alice.page.reload();
  await call(alice.page, "search.messages", { workspace: at.workspace, channel: null, query: "obsidian", limit: 10 });
  // The positive control: a text that the page itself keeps in the clear is found by the same search.
  await alice.page.evaluate(() => window.localStorage.setItem("control", "canary-control-0001"));
  await lock(alice.page);
  await context.close();

  expect(holding(folder, ["canary-control-0001"])).not.toEqual([]);
  const secrets = [alice.passphrase, accountKey, accountKey.replaceAll("-", ""), "canary-obsidian-4471", "canary-draft-9913", "Projet Obsidienne"];
  expect(holding(folder, secrets)).toEqual([]);
  expect(guard.problems).toEqual([]);
});

test("A1: the secret of an invite reaches neither server, nor logs, nor caches, nor the history", async ({ person, server }) => {
  const alice = await person("Alice");
  await signUp(alice);
  await createWorkspace(alice, "Projet Aurore");
  const at = await find(alice.page, "Projet Aurore");
  const { url } = await call(alice.page, "invites.create", { workspace: at.workspace, role: "member", channels: [], uses: 1, expiresIn: 0, approval: false });
  const secret = new URL(url).hash.slice(1);
  expect(secret.length).toBeGreaterThan(20);

  const bob = await person("Bob");
  await bob.page.goto(url);
  await expect(bob.page.getByRole("heading", { level: 1 })).toContainText("You are invited");
  expect(bob.page.url()).not.toContain(secret);
  await bob.page.getByRole("link", { name: "Create an account and join" }).click();
  await expect(bob.page.getByLabel("Your name")).toBeVisible();
  // Every request of his, also of worker and service worker; and what the browser keeps.
  expect(bob.guard.requests.filter((address) => address.includes(secret))).toEqual([]);
  const kept = await bob.page.evaluate(async (secret) => {
    const found: string[] = [];
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) {
        if (request.url.includes(secret) || (await (await cache.match(request))?.text())?.includes(secret)) found.push(`cache: ${request.url}`);
      }
    }
    for (const [name, storage] of [["local", window.localStorage], ["session", window.sessionStorage]] as const) {
      if (JSON.stringify(storage).includes(secret)) found.push(`${name} storage`);
    }
    if (JSON.stringify([history.state]).includes(secret)) found.push("history state");
    if (document.referrer.includes(secret)) found.push("referrer");
    return found;
  }, secret);
  expect(kept).toEqual([]);
  await bob.page.goBack();
  expect(bob.page.url()).not.toContain(secret);

  const session = await bob.context.newCDPSession(bob.page);
  const { entries } = await session.send("Page.getNavigationHistory");
  expect(entries.filter((entry) => entry.url.includes(secret))).toEqual([]);
  await bob.page.goto("about:blank"); // nobody asks a server that is about to stop
  await alice.page.goto("about:blank");
  await server.stop("SIGTERM");
  expect(server.log).not.toContain(secret);
  expect(holding(server.data, [secret])).toEqual([]);
  await server.start();
});

test("W4: an address does nothing by itself: it opens a page, and script addresses open none", async ({ person }) => {
  const alice = await person("Alice");
  alice.guard.allow(/net::ERR_ABORTED/);
  await signUp(alice);
  const id = await createWorkspace(alice, "Projet Aurore");
  const before = await call(alice.page, "workspaces.list", {});
  for (const address of [
    `/w/${id}/leave`,
    `/w/${id}/people/invites?create=1`,
    "/account/lock?now=1",
    "/lock#unlock",
    "/signin#javascript:alert(1)",
    `/w/${id}?panel=javascript:alert(1)/x`,
    `/w/${id}/c/javascript:alert(1)`,
    "/i#javascript:alert(1)",
    "//evil.example/w/x",
  ]) {
    await alice.page.goto(`${new URL(alice.page.url()).origin}${address}`);
    await expect(alice.page.locator("#app")).not.toBeEmpty();
    await expect.poll(async () => (await call(alice.page, "session.state", {})).stage).toBe("open");
  }
  expect(await call(alice.page, "workspaces.list", {})).toEqual(before);
  expect((await call(alice.page, "invites.list", { workspace: id })).invites).toEqual([]);
});

test("W5: a page of another origin gets no answer, no socket and no frame", async ({ person, server, browser }) => {
  const alice = await person("Alice");
  await signUp(alice);
  const evil = createServer((_, response) => {
    response.setHeader("Content-Type", "text/html");
    response.end("<!doctype html><title>elsewhere</title><p>elsewhere");
  });
  evil.listen(0, "127.0.0.1");
  await once(evil, "listening");
  const elsewhere = `http://127.0.0.1:${(evil.address() as AddressInfo).port}`;
  const page = await alice.context.newPage();
  alice.guard.allow(/./); // what the other page is refused is what this is about
  await page.goto(elsewhere);
  const got = await page.evaluate(async (origin) => {
    const fetched = async (path: string, init: RequestInit) => {
      try {
        const response = await fetch(origin + path, init);
        return response.type === "opaque" ? "opaque" : `status ${response.status}`;
      } catch {
        return "refused";
      }
    };
    const socket = await new Promise<string>((resolve) => {
      const live = new WebSocket(`${origin.replace("http", "ws")}/v1/live`);
      live.onopen = () => resolve("open");
      live.onerror = () => resolve("refused");
    });
    const frame = document.createElement("iframe");
    frame.src = origin;
    const loaded = new Promise((resolve) => (frame.onload = resolve));
    document.body.append(frame);
    await loaded;
    const opened = window.open(`${origin}/`, "_blank");
    return {
      read: await fetched("/v1/server", { credentials: "include" }),
      write: await fetched("/v1/workspaces", { method: "POST", credentials: "include", body: "x", headers: { "Content-Type": "application/cbor" } }),
      simple: await fetched("/v1/sessions", { method: "POST", credentials: "include", body: "x", mode: "no-cors", headers: { "Content-Type": "text/plain" } }),
      socket,
      frame: frame.contentDocument === null ? "closed" : frame.contentDocument.body.textContent,
      opener: opened === null || opened.closed ? "cut" : "kept",
    };
  }, server.origin);
  evil.close();
  expect(got).toMatchObject({ read: "refused", write: "refused", socket: "refused", frame: "closed" });
  // A request without CORS may leave the browser; its answer says that it was refused.
  expect(["opaque", "refused"]).toContain(got.simple);
  expect(server.log).not.toMatch(/panic/);
  expect(browser.isConnected()).toBe(true);
});

test.describe("W6", () => {
  async function verify(origin: string): Promise<{ code: number | null; out: string }> {
    const child = spawn(program, ["verify-web", origin], { env: { ...process.env, LANG: "en_GB.UTF-8" }, stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (b: Buffer) => (out += b.toString()));
    const [code] = (await once(child, "close")) as [number | null];
    return { code, out };
  }

  /** A server in front of the real one that changes one octet of what matches. */
  async function lying(port: number, altered: RegExp): Promise<{ proxy: Proxy; origin: string }> {
    const proxy = createServer((incoming, outgoing) => {
      const forward = ask({ host: "localhost", port, path: incoming.url, method: incoming.method, headers: { ...incoming.headers, host: `localhost:${port}` } }, (answer) => {
        const parts: Buffer[] = [];
        answer.on("data", (part: Buffer) => parts.push(part));
        answer.on("end", () => {
          const body = Buffer.concat(parts);
          if (altered.test(incoming.url ?? "") && body.length > 0) body[body.length >> 1] = (body[body.length >> 1] ?? 0) ^ 1;
          outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
          outgoing.end(body);
        });
      });
      forward.on("error", () => outgoing.destroy());
      incoming.pipe(forward);
    });
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    return { proxy, origin: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` };
  }

  test("verify-web finds one altered octet of a script, of the core and of the page, and nothing in an honest server", async ({ server }) => {
    expect((await verify(server.origin)).code).toBe(0);
    const honest = await lying(server.port, /^never$/);
    expect((await verify(honest.origin)).code).toBe(0);
    honest.proxy.close();
    for (const what of [/\.js$/, /\.wasm$/, /^\/$/]) {
      const { proxy, origin } = await lying(server.port, what);
      const { code, out } = await verify(origin);
      expect(code, `${what}: ${out}`).toBe(3);
      proxy.close();
    }
  });
});

test("locking one tab locks the other, and the engine's memory goes", async ({ person }) => {
  const alice = await person("Alice");
  await signUp(alice);
  const id = await createWorkspace(alice, "Projet Aurore");
  const second = await alice.context.newPage();
  await second.goto(`/w/${id}`);
  await expect.poll(async () => (await call(second, "session.state", {})).stage).toBe("open");
  await lock(second);
  await expect(alice.page.getByRole("heading", { name: "Locked" })).toBeVisible();
  await unlock(alice);
  await expect.poll(() => pathOf(second)).not.toBe("/lock");
});
