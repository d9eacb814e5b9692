// The tools of a workspace: chat, people and whatever joins them. pages.ts lists them;
// they are started with a session, and each says what it has in a workspace: in the
// sidebar, in the bottom bar of a phone, in the menu of the workspace, in the palette.
// docs/web.md, "Add a tool to the workspace", has every step.
import type { WorkspaceID } from "../api/generated";
import type { MenuEntry } from "../ui/menu";
import type { Command } from "./commands.svelte";
import type { BarLink, SidebarLink, SidebarSection } from "./shell";
import type { AppState } from "./state.svelte";

/** A tool of a running session. All of it is optional; what is asked of a workspace is reactive. */
export interface Tool {
  /** Follows a workspace while somebody is in it, until the returned function is called. */
  enter?(workspace: WorkspaceID): () => void;
  /** Its line among the tools at the top of the sidebar; null where somebody has no use for it. */
  link?(workspace: WorkspaceID): SidebarLink | null;
  /** Its own sections below them, such as channels. */
  sections?(workspace: WorkspaceID): readonly SidebarSection[];
  /** Its places in the bottom bar of a phone, which has room for four in all. */
  bar?(workspace: WorkspaceID): readonly BarLink[];
  /** Its lines in the menu of the workspace's name. */
  menu?(workspace: WorkspaceID): readonly MenuEntry[];
  /** What the command palette finds of it. */
  commands?(workspace: WorkspaceID): readonly Command[];
  /** Where to go in a workspace that is entered for the first time; null to leave that to others. */
  start?(workspace: WorkspaceID): string | null;
  /** The session has ended: forgets everything. */
  stop?(): void;
}

/** A tool's entry in pages.ts. */
export interface ToolEntry {
  id: string;
  /** Lower comes first: 10 inbox, 20 chat, 90 people. Tasks, calendar, documents and meetings fit between. */
  order: number;
  load: () => Promise<{ startTool: (app: AppState) => Tool }>;
}

interface Running {
  id: string;
  order: number;
  tool: Tool;
}

export class Tools {
  readonly #entries: readonly ToolEntry[];
  #running = $state.raw<readonly Running[]>([]);
  #settled = $state(false);

  constructor(entries: readonly ToolEntry[]) {
    this.#entries = entries;
  }

  /** Starts all of them for a session until the returned function is called. */
  start(app: AppState): () => void {
    let stopped = false;
    let mine: readonly Running[] = [];
    const add = async ({ id, order, load }: ToolEntry): Promise<void> => {
      const { startTool } = await load();
      if (stopped) return;
      mine = [...mine, { id, order, tool: startTool(app) }].sort((a, b) => a.order - b.order);
      this.#running = mine;
    };
    // A tool that cannot be loaded is missed in the sidebar; its places say so themselves.
    void Promise.allSettled(this.#entries.map(add)).then(() => {
      if (!stopped) this.#settled = true;
    });
    return () => {
      stopped = true;
      for (const { tool } of mine) tool.stop?.();
      if (this.#running === mine) this.#running = [];
      this.#settled = false;
    };
  }

  get all(): readonly Tool[] {
    return this.#running.map(({ tool }) => tool);
  }

  /** Whether all were started, or could not be. */
  get settled(): boolean {
    return this.#settled;
  }
}
