// The first workspace: made with a name, or joined by an invite; then into #general.
import type { Calls, Workspace, WorkspaceID } from "../../api/generated";
import type { Api, Refusal } from "../../app/engine";
import { concerns, refusalOf } from "../../app/engine";
import { href } from "../../app/paths";

/** schema.MaxName, in octets. */
const longestName = 200;

/** How long a workspace that was just joined may take to learn its channels, in milliseconds. */
const patience = 4000;

/** Resolves with the next change that may be about channels, or when the time is over. */
function changed(api: Api, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      stop();
      resolve();
    };
    const timer = setTimeout(done, ms);
    const stop = api.onChange((change) => {
      if (concerns(change, ["channels", "workspaces", "messages"])) done();
    });
  });
}

/** The address of a workspace's channel general, or of the workspace when it has none that is open. */
export async function generalOf(api: Api, workspace: WorkspaceID, wait = patience): Promise<string> {
  const until = Date.now() + wait;
  try {
    for (;;) {
      const { channels } = await api.call("channels.list", { workspace });
      const open = channels.filter((channel) => !channel.archived && channel.kind !== "direct");
      const found = open.find((channel) => channel.name === "general") ?? open[0];
      if (found) return href("channel", { workspace, channel: found.id });
      const left = until - Date.now();
      if (left <= 0) break;
      await changed(api, left);
    }
  } catch {
    // The workspace is there; its own page says what is wrong with it.
  }
  return href("workspace", { workspace });
}

/** The workspaces that somebody is in or may join. */
async function myWorkspaces(api: Api): Promise<readonly Workspace[]> {
  const { workspaces } = await api.call("workspaces.list", {});
  return workspaces.filter((one) => !one.removed);
}

/** Where somebody goes who does not come from anywhere: into a workspace, or to the making of one. */
export async function homeOf(api: Api): Promise<string> {
  try {
    let mine = await myWorkspaces(api);
    if (mine.length === 0) {
      // A device that has just signed in knows none before it has asked.
      await api.call("workspaces.refresh", {});
      mine = await myWorkspaces(api);
    }
    const first = mine.find((one) => !one.offered && !one.pending) ?? mine[0];
    if (first) return first.offered || first.pending ? href("workspace", { workspace: first.id }) : await generalOf(api, first.id);
  } catch {
    // Making one says what is wrong.
  }
  return href("newWorkspace");
}

export class FirstWorkspace {
  readonly #api: Api;
  name = $state("");
  #problem = $state<"name" | "longName" | null>(null);
  #refusal = $state.raw<Refusal | null>(null);
  #busy = $state(false);

  constructor(api: Api) {
    this.#api = api;
  }

  get problem(): "name" | "longName" | null {
    return this.#problem;
  }

  get refusal(): Refusal | null {
    return this.#refusal;
  }

  get busy(): boolean {
    return this.#busy;
  }

  clear(): void {
    this.#problem = null;
  }

  /** Makes the workspace; resolves with the address of its general channel, or null. */
  async create(): Promise<string | null> {
    const name = this.name.trim();
    this.#problem = name === "" ? "name" : new TextEncoder().encode(name).length > longestName ? "longName" : null;
    if (this.#problem !== null || this.#busy) return null;
    this.#busy = true;
    this.#refusal = null;
    try {
      const made: Calls["workspaces.create"]["answer"] = await this.#api.call("workspaces.create", { name });
      return await generalOf(this.#api, made.workspace);
    } catch (error) {
      this.#refusal = refusalOf(error);
      return null;
    } finally {
      this.#busy = false;
    }
  }
}
