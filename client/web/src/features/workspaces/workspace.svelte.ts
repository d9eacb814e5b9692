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

/** What somebody pasted as the link of an invite. */
export type Pasted = { kind: "here"; address: string } | { kind: "elsewhere"; host: string } | { kind: "none" };

/** An invite of this server leads to an address of this app, whose fragment never leaves the page. */
export function readLink(pasted: string, origin: string): Pasted {
  const found = /^https?:\/\/[^\s#]{1,512}\/i#([\w-]{16,512})$/.exec(pasted.trim());
  const url = found ? URL.parse(found[0]) : null;
  if (!found || url?.pathname !== "/i") return { kind: "none" };
  return url.origin === origin ? { kind: "here", address: `/i#${found[1] ?? ""}` } : { kind: "elsewhere", host: url.host };
}

export class WorkspaceActs {
  readonly act = new Act();
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  create(name: string): Promise<WorkspaceID | null> {
    return this.act.run(async () => (await this.#api.call("workspaces.create", { name: name.trim() })).workspace);
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
