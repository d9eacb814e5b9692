// Which calls may be made twice: those that only read, and those whose second time
// changes nothing more. A call that is not here is never repeated by itself.
import type { Calls } from "./generated";

const list = [
  "account.devices",
  "account.exportKey",
  "account.kit",
  "channels.draft",
  "channels.list",
  "channels.markRead",
  "channels.setDraft",
  "channels.typing",
  "invites.list",
  "messages.around",
  "messages.pinned",
  "messages.thread",
  "messages.window",
  "people.beginVerification",
  "people.list",
  "people.presence",
  "search.messages",
  "server.info",
  "session.lock",
  "session.state",
  "session.unlock",
  "settings.get",
  "settings.set",
  "settings.setStrict",
  "workspaces.list",
] as const satisfies readonly (keyof Calls)[];

const repeatable: ReadonlySet<string> = new Set(list);

export function mayRepeat(method: string): boolean {
  return repeatable.has(method);
}

/** Calls after which an engine in a worker must end, and its memory with it. */
export function endsEngine(method: string): boolean {
  return method === "session.lock" || method === "session.signOut";
}
