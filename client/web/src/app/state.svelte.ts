// What the whole page shares, made once in main.ts and handed down as context.
import { getContext, setContext, untrack } from "svelte";
import { isMac } from "../lib/platform";
import { Shortcuts } from "../lib/shortcuts.svelte";
import { Appearance } from "./appearance.svelte";
import { Commands } from "./commands.svelte";
import { paths, type Paths } from "./paths";
import { Router } from "./router.svelte";
import type { ShellModel } from "./shell";
import { Toasts } from "./toasts.svelte";

export class AppState {
  readonly router: Router<Paths> = new Router(paths, window);
  readonly appearance = new Appearance({
    // Asking for the storage already throws where it is forbidden: asked for within the calls.
    getItem: (key) => window.localStorage.getItem(key),
    setItem: (key, value) => window.localStorage.setItem(key, value),
  });
  readonly shortcuts = new Shortcuts(isMac());
  readonly commands = new Commands();
  readonly toasts = new Toasts();
  /** Set once there is a session; null shows no rail and no sidebar. */
  shell = $state.raw<ShellModel | null>(null);
  /** What screen readers are told next (announce). */
  said = $state("");

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
