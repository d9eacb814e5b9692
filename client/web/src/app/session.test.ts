import { expect, test } from "vitest";
import type { Change, Code, ServerInfo, SessionState, Settings } from "../api/generated";
import { contrast, parseColour } from "../lib/colour";
import type { Api } from "./engine";
import { accents, Server } from "./server.svelte";
import { Session } from "./session.svelte";

const closed: SessionState = { stage: "none", platform: "browser", origin: "https://c.example", handle: "", user: null, device: null, name: "", online: true, outbox: 0, ended: "" as Code, admin: false };

class Fake implements Api {
  state: SessionState = { ...closed };
  values: Settings["values"] = {};
  info: ServerInfo = { origin: "https://c.example", registration: "open", name: "", empty: true, branding: null };
  down = false;
  #listeners = new Set<(change: Change) => void>();

  call(name: string): Promise<never> {
    if (this.down) return Promise.reject(new Error("no engine"));
    return Promise.resolve((name === "session.state" ? this.state : name === "settings.get" ? { values: this.values, strict: false } : this.info) as never);
  }

  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async tell(kind: Change["kind"]): Promise<void> {
    for (const listener of this.#listeners) listener({ kind, workspace: null, channel: null, user: null, typing: false, presence: "", notify: "" });
    await settled();
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("the gate follows the session", async () => {
  const api = new Fake();
  const session = new Session(api);
  expect(session.gate).toBe("unknown");
  const stop = session.start();
  await settled();
  expect(session.gate).toBe("signIn");
  for (const [stage, ended, gate] of [["locked", "", "unlock"], ["open", "", "open"], ["open", "device_revoked", "ended"]] as const) {
    api.state = { ...closed, stage, ended: ended as Code };
    await api.tell("session");
    expect(session.gate).toBe(gate);
  }
  stop();
});

test("an engine that does not answer is said", async () => {
  const api = new Fake();
  api.down = true;
  const session = new Session(api);
  await session.refresh();
  expect(session.failed).toBe(true);
  expect(session.gate).toBe("unknown");
});

test("the kit is due until it was kept, and never without a word about it", async () => {
  const api = new Fake();
  api.state = { ...closed, stage: "open" };
  const session = new Session(api);
  session.start();
  await settled();
  expect(session.kitDue).toBe(false);
  api.values = { "kit-kept": "later" };
  await api.tell("settings");
  expect(session.kitDue).toBe(true);
  api.values = { "kit-kept": "yes" };
  await api.tell("settings");
  expect(session.kitDue).toBe(false);
  await session.keepKit("later");
  expect(session.kitDue).toBe(true);
});

test("a server's presentation", async () => {
  const api = new Fake();
  api.info = { ...api.info, name: "c", branding: { name: "Mairie de Sète", accent: "#ffee00", accentDark: "", welcome: { en: "", fr: "Bonjour" }, legal: { en: "L", fr: "M" }, logo: "ab" } };
  const server = new Server(api);
  expect(server.registration).toBeNull();
  await server.load();
  expect([server.name, server.logo, server.welcome, server.legal, server.empty]).toEqual(["Mairie de Sète", "/v1/server/logo?ab", "Bonjour", "L", true]);
  const style = new Map<string, string>([["--brand-accent", "old"]]);
  server.apply({ setProperty: (name, value) => void style.set(name, value ?? ""), removeProperty: (name) => (style.delete(name), "") });
  expect([...style.keys()].sort()).toEqual(["--brand-accent", "--brand-accent-dark", "--brand-accent-ink", "--brand-accent-ink-dark", "--brand-on-accent", "--brand-on-accent-dark"]);
});

test.each(["#ffee00", "#000000", "#ffffff", "#e2001a", "#1f7a72", "#0055ff"])("text in the accent %s can be read", (hex) => {
  for (const [theme, back] of [["light", "#f3f1ea"], ["dark", "#182129"]] as const) {
    const suffix = theme === "light" ? "" : "-dark";
    const tokens = accents(hex, theme);
    const at = (name: string) => parseColour(tokens[`--brand-${name}${suffix}`] ?? "") ?? ([0, 0, 0] as const);
    const surface = parseColour(back) ?? ([0, 0, 0] as const);
    expect(contrast(at("accent-ink"), surface)).toBeGreaterThanOrEqual(7);
    expect(contrast(at("accent"), surface)).toBeGreaterThanOrEqual(3);
    expect(contrast(at("accent"), at("on-accent"))).toBeGreaterThanOrEqual(4.5);
  }
  expect(accents("javascript:", "light")).toEqual({});
});
