// The way to the settings: in the palette and by a shortcut.
import Settings from "@lucide/svelte/icons/settings";
import { href } from "../../app/paths";
import { settingsSections } from "../../app/pages";
import { text as names } from "../../app/settings/text";
import type { AppState } from "../../app/state.svelte";
import { text as appText } from "../../app/text";
import type { Tool } from "../../app/tools.svelte";

export function startTool(app: AppState): Tool {
  const open = () => app.router.go(href("settings"));
  const stops = [
    app.shortcuts.add({ keys: "mod+,", label: () => names().title, group: () => appText().shortcuts.anywhere, run: open }),
    app.commands.provide(() => [
      { id: "settings", label: names().title, group: "commands", icon: Settings, keys: "mod+,", run: open },
      ...settingsSections
        .filter((section) => section.group === "app")
        .map((section) => ({ id: `settings-${section.id}`, label: section.label(), group: "commands" as const, icon: section.icon, hint: names().title, run: () => app.router.go(href("settingsSection", { section: section.id })) })),
    ]),
  ];
  return {
    stop: () => {
      for (const stop of stops) stop();
    },
  };
}
