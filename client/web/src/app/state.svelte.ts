// What the whole page shares, made once in main.ts and handed down as context.
import { getContext, setContext, untrack } from "svelte";
import { isMac } from "../lib/platform";
import { Shortcuts } from "../lib/shortcuts.svelte";
import { Appearance, type Shelf } from "./appearance.svelte";
import { AutoLock } from "./autolock.svelte";
import { Commands } from "./commands.svelte";
import { ConnectionState } from "./connection.svelte";
import { Doors } from "./doors";
import type { Api } from "./engine";
import { paths, type Paths } from "./paths";
import { Places } from "./places";
import { Preferences } from "./preferences";
import { Router } from "./router.svelte";
import { Server } from "./server.svelte";
import { Session } from "./session.svelte";
import type { ShellModel } from "./shell";
import { Toasts } from "./toasts.svelte";
import { Tools, type ToolEntry } from "./tools.svelte";
import { Workspaces } from "./workspaces.svelte";

export class AppState {
  /** The engine. View models are given it; components do not call it. */
  readonly api: Api;
  readonly router: Router<Paths> = new Router(paths, window);
  readonly appearance: Appearance;
  readonly shortcuts = new Shortcuts(isMac());
  readonly commands = new Commands();
  readonly toasts = new Toasts();
  readonly autolock: AutoLock;
  readonly places: Places;
  readonly doors: Doors;
  readonly session: Session;
  readonly server: Server;
  readonly workspaces: Workspaces;
  readonly preferences: Preferences;
  readonly connection = new ConnectionState();
  readonly tools: Tools;
  /**
   * The URL of an invite that was opened and not used yet. Its fragment is a secret: it is
   * held here and nowhere else, and is gone with the page (A1).
   */
  invite = $state.raw<string | null>(null);
  /** Set once there is a session; null shows no rail and no sidebar. */
  shell = $state.raw<ShellModel | null>(null);
  /** What screen readers are told next (announce). */
  said = $state("");
  #visited = $state<string | null>(null);

  constructor(api: Api, tools: readonly ToolEntry[]) {
    // Asking for the storage already throws where it is forbidden: asked for within the calls.
    const shelf: Shelf = {
      getItem: (key) => window.localStorage.getItem(key),
      setItem: (key, value) => window.localStorage.setItem(key, value),
    };
    this.api = api;
    this.appearance = new Appearance(shelf);
    this.autolock = new AutoLock(shelf);
    this.places = new Places(shelf);
    this.doors = new Doors(this.places);
    this.session = new Session(api);
    this.server = new Server(api);
    this.workspaces = new Workspaces(api);
    this.preferences = new Preferences(api, this.appearance);
    this.tools = new Tools(tools);
  }

  /** The workspace that somebody is in; at places of none, the one visited before, last time, or else the first. */
  get workspace(): string | null {
    const { match } = this.router;
    if ("workspace" in match.params) return match.params.workspace;
    if (this.#visited !== null) return this.#visited;
    const last = this.places.lastWorkspace;
    return last !== null && this.workspaces.get(last) ? last : (this.workspaces.all.find((one) => !one.offered && !one.removed)?.id ?? null);
  }

  /** Records that somebody is in a workspace, or, with null, in none any more. */
  visit(workspace: string | null): void {
    this.#visited = workspace;
  }

  /** Tells screen readers something that is seen anyway, when they have finished. */
  announce(text: string): void {
    // The same words again are only read when something changed.
    this.said = untrack(() => this.said) === text ? `${text}\u00a0` : text;
  }
}

const key = Symbol("app");

export function provideApp(app: AppState): void {
  setContext(key, app);
}

/** The page's shared state; in a component's script only. */
export function useApp(): AppState {
  return getContext<AppState>(key);
}
