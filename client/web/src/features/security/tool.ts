// Security as a tool: it is found by the palette's words and by a shortcut, and lies in
// the menu of every account.
import { href } from "../../app/paths";
import type { AppState } from "../../app/state.svelte";
import type { Tool } from "../../app/tools.svelte";
import { text } from "./text";

export function startTool(app: AppState): Tool {
  const stop = app.shortcuts.add({ keys: "g s", label: () => text().title, group: () => text().title, run: () => app.router.go(href("security")) });
  return { stop };
}
