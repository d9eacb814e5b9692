// Where somebody was last, on this device: to go on there next time. These are
// addresses with opaque ids, which the server knows anyway; nothing that was written
// or read is in them. They go when somebody signs out.
import type { Shelf } from "./appearance.svelte";
import { withPanel } from "./router.svelte";

const key = "cenacle.places";

/** How many workspaces are remembered. */
const most = 50;

const workspacePath = /^\/w\/([^/?]+)(\/[^?]*)?/;

interface Kept {
  last: string | null;
  /** The last place in each workspace, oldest visit first. */
  in: [workspace: string, address: string][];
}

function isPair(value: unknown): value is [string, string] {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === "string" && part.length <= 1024);
}

function read(shelf: Shelf): Kept {
  const kept: Kept = { last: null, in: [] };
  try {
    const found: unknown = JSON.parse(shelf.getItem(key) ?? "null");
    if (found === null || typeof found !== "object") return kept;
    if ("last" in found && typeof found.last === "string" && found.last.startsWith("/w/")) kept.last = found.last.slice(0, 1024);
    if ("in" in found && Array.isArray(found.in)) kept.in = found.in.filter(isPair).filter(([, address]) => address.startsWith("/w/")).slice(-most);
  } catch {
    // Nothing was kept, or not by this app.
  }
  return kept;
}

export class Places {
  readonly #shelf: Shelf;
  #kept: Kept;

  constructor(shelf: Shelf) {
    this.#shelf = shelf;
    this.#kept = read(shelf);
  }

  /** The last place in any workspace. */
  get last(): string | null {
    return this.#kept.last;
  }

  /** The workspace of the last place. */
  get lastWorkspace(): string | null {
    return workspacePath.exec(this.#kept.last ?? "")?.[1] ?? null;
  }

  /** The last place in a workspace, other than its front page. */
  lastIn(workspace: string): string | null {
    return this.#kept.in.find(([id]) => id === workspace)?.[1] ?? null;
  }

  /** Records a visit. Panels are not come back to: they belong to what was done there. */
  visit(here: string): void {
    const address = here.split("?")[0] ?? "";
    const found = workspacePath.exec(address);
    const workspace = found?.[1];
    if (workspace === undefined || address.length > 1024) return;
    const inside = found?.[2] !== undefined && !address.endsWith("/leave");
    const others = this.#kept.in.filter(([id]) => id !== workspace);
    const before = this.lastIn(workspace);
    const place = inside ? address : before;
    const kept: Kept = { last: inside ? address : `/w/${workspace}`, in: place === null ? others : [...others, [workspace, place] as [string, string]].slice(-most) };
    if (kept.last === this.#kept.last && place === before) return;
    this.#kept = kept;
    this.#save();
  }

  /** Forgets a place that is gone: a workspace that was left. */
  leave(workspace: string): void {
    this.#kept = { last: workspacePath.exec(this.#kept.last ?? "")?.[1] === workspace ? null : this.#kept.last, in: this.#kept.in.filter(([id]) => id !== workspace) };
    this.#save();
  }

  /** Forgets everything. */
  forget(): void {
    if (this.#kept.last === null && this.#kept.in.length === 0) return;
    this.#kept = { last: null, in: [] };
    this.#save();
  }

  #save(): void {
    try {
      this.#shelf.setItem(key, JSON.stringify(this.#kept));
    } catch {
      // Storage is full or forbidden: it is remembered as long as the page lives.
    }
  }
}

/** The whole address of a match. */
export function addressOf(match: { path: string; panel: { kind: string; id: string } | null }): string {
  return withPanel(match.path, match.panel);
}
