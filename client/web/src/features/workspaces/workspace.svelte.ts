// What can be done with workspaces as a whole. Names are bounded as the engine does
// (schema.MaxName), so that the answer stands beside the field.
import type { WorkspaceID } from "../../api/generated";
import { Act } from "../../app/act.svelte";
import type { Api } from "../../app/engine";

/** schema.MaxName, in octets. */
const longestName = 200;

export type NameProblem = "needed" | "tooLong";

export function problemOf(name: string): NameProblem | null {
  const bare = name.trim();
  if (bare === "") return "needed";
  return new TextEncoder().encode(bare).length > longestName ? "tooLong" : null;
}

export class WorkspaceActs {
  readonly act = new Act();
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  async accept(workspace: WorkspaceID): Promise<boolean> {
    return (await this.act.run(() => this.#api.call("workspaces.accept", { workspace }))) !== null;
  }

  async decline(workspace: WorkspaceID): Promise<boolean> {
    return (await this.act.run(() => this.#api.call("workspaces.decline", { workspace }))) !== null;
  }

  async leave(workspace: WorkspaceID): Promise<boolean> {
    return (await this.act.run(() => this.#api.call("workspaces.leave", { workspace }))) !== null;
  }

  async rename(workspace: WorkspaceID, name: string): Promise<boolean> {
    return (await this.act.run(() => this.#api.call("workspaces.rename", { workspace, name: name.trim() }))) !== null;
  }
}
