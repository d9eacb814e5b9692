// The user's workspaces, which rail, title and the pages of a workspace share.
import type { Role, Workspace, WorkspaceID } from "../api/generated";
import { concerns, type Api } from "./engine";
import { Answer, type Status } from "./loaded.svelte";

const ranks: readonly Role[] = ["guest", "member", "admin", "owner"];

/** Whether a role may do what asks for at least another one. */
export function atLeast(role: Role, wanted: Role): boolean {
  return ranks.indexOf(role) >= ranks.indexOf(wanted);
}

/** Whether somebody of the first role may grant, change or take away the second (workspace/roster, MayGrant). */
export function mayGrant(mine: Role, role: Role): boolean {
  return mine === "owner" ? ranks.includes(role) : mine === "admin" && (role === "guest" || role === "member");
}

export class Workspaces {
  readonly #answer: Answer<readonly Workspace[]>;

  constructor(api: Api) {
    this.#answer = new Answer<readonly Workspace[]>(
      api,
      [],
      async (from) => (await from.call("workspaces.list", {})).workspaces,
      (change) => concerns(change, ["workspaces", "channels", "security"]),
    );
  }

  start(): () => void {
    return this.#answer.start();
  }

  refresh(): Promise<void> {
    return this.#answer.refresh();
  }

  retry(): Promise<void> {
    return this.#answer.retry();
  }

  get status(): Status {
    return this.#answer.status;
  }

  /** Those to work in first, then what was offered, then those that are over. */
  get all(): readonly Workspace[] {
    const rank = (one: Workspace) => (one.removed ? 2 : one.offered ? 1 : 0);
    return [...this.#answer.value].sort((a, b) => rank(a) - rank(b));
  }

  get(id: WorkspaceID): Workspace | undefined {
    return this.#answer.value.find((one) => one.id === id);
  }

  /** What is asked of the user, in all workspaces: mentions and direct messages. */
  get mentions(): number {
    return this.#answer.value.reduce((sum, one) => sum + one.mentions, 0);
  }

  /** What was written and not read, in all workspaces. */
  get unread(): number {
    return this.#answer.value.reduce((sum, one) => sum + one.unread, 0);
  }
}
