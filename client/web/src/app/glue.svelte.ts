// Ties the page to the session: where somebody may be, what the shell shows, what is
// told to the others and to screen readers. Runs in App's script, as effects.
import Building2 from "@lucide/svelte/icons/building-2";
import LockKeyhole from "@lucide/svelte/icons/lock-keyhole";
import Plus from "@lucide/svelte/icons/plus";
import Shield from "@lucide/svelte/icons/shield";
import { untrack } from "svelte";
import type { Change } from "../api/generated";
import { pageIdle } from "./autolock.svelte";
import { WorkspaceShell } from "./model.svelte";
import { href } from "./paths";
import { addressOf } from "./places";
import { pagePresence, tellPresence } from "./presence";
import type { AppState } from "./state.svelte";
import { text } from "./text";
import { countInTitle } from "./title";

/** How long news are gathered before they are announced, in milliseconds: a burst is one sentence. */
const gather = 1500;

export function useSession(app: AppState): void {
  $effect(() => app.session.start());
  $effect(() => void app.server.load());
  $effect(() => app.server.apply(document.documentElement.style));
  $effect(() => {
    const { match } = app.router;
    const to = app.doors.redirect(app.session.gate, { name: match.name, address: addressOf(match) });
    if (to !== null) untrack(() => app.router.go(to, { replace: true }));
  });

  const open = $derived(app.session.gate === "open");
  $effect(() => {
    if (!open) return;
    const stops = untrack(() => [app.workspaces.start(), app.preferences.start(), tellPresence(app.api, pagePresence()), announceNews(app)]);
    app.shell = new WorkspaceShell(app);
    return () => {
      for (const stop of stops) stop();
      app.shell = null;
      app.visit(null);
    };
  });

  $effect(() => (open ? app.autolock.watch(pageIdle(), () => void app.session.lock()) : undefined));
  $effect(() => followConnection(app, open));
  $effect(() => (open ? countInTitle(app.workspaces.mentions) : undefined));

  $effect(() => (open ? untrack(() => app.tools.start(app)) : undefined));
  const workspace = $derived(open ? app.workspace : null);
  const known = $derived(workspace !== null && app.workspaces.get(workspace)?.offered === false);
  $effect(() => {
    if (workspace === null || !known) return;
    app.visit(workspace);
    const stops = app.tools.all.flatMap((tool) => untrack(() => tool.enter?.(workspace)) ?? []);
    return () => {
      for (const stop of stops) stop();
    };
  });

  $effect(() => (open ? provideCommands(app) : undefined));
}

function followConnection(app: AppState, open: boolean): (() => void) | undefined {
  if (!open) {
    app.connection.set(true, true);
    return undefined;
  }
  const state = app.session.state;
  const tell = () => app.connection.set(state?.online ?? true, navigator.onLine);
  tell();
  window.addEventListener("online", tell);
  window.addEventListener("offline", tell);
  return () => {
    window.removeEventListener("online", tell);
    window.removeEventListener("offline", tell);
  };
}

/** Says politely that there is news, without its content: where somebody is, it is read there. */
function announceNews(app: AppState): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let mentions = 0;
  let direct = 0;
  const stop = app.api.onChange((change: Change) => {
    if (change.notify === "mention") mentions++;
    else if (change.notify === "direct") direct++;
    else return;
    timer ??= setTimeout(() => {
      const words = [mentions > 0 ? text().news.mentions(mentions) : "", direct > 0 ? text().news.direct(direct) : ""];
      timer = undefined;
      mentions = direct = 0;
      app.announce(words.filter((word) => word !== "").join(" "));
    }, gather);
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}

/** Workspaces and what belongs to none of them, in the palette and by shortcuts. */
function provideCommands(app: AppState): () => void {
  const here = () => {
    const workspace = app.shell?.workspace?.id;
    return workspace === undefined ? [] : app.tools.all.flatMap((tool) => tool.commands?.(workspace) ?? []);
  };
  const at = (i: number) => app.workspaces.all[i];
  const go = (address: string) => app.router.go(address);
  const stops = [
    app.commands.provide(() => [
      ...app.workspaces.all.map((one, i) => ({
        id: `workspace-${one.id}`,
        label: one.name === "" ? text().nameless : one.name,
        group: "places" as const,
        icon: Building2,
        hint: text().workspace,
        keys: i < 9 ? `mod+${i + 1}` : undefined,
        run: () => go(href("workspace", { workspace: one.id })),
      })),
      { id: "security", label: text().security, group: "places", icon: Shield, run: () => go(href("security")) },
      { id: "new-workspace", label: text().addWorkspace, group: "commands", icon: Plus, run: () => go(href("newWorkspace")) },
      { id: "lock", label: text().lock, group: "commands", icon: LockKeyhole, run: () => void app.session.lock() },
    ]),
    app.commands.provide(here),
    app.shortcuts.add(
      ...Array.from({ length: 9 }, (_, i) => ({
        keys: `mod+${i + 1}`,
        label: () => text().shortcuts.workspace(i + 1),
        group: () => text().shortcuts.workspaces,
        when: () => at(i) !== undefined,
        run: () => {
          const one = at(i);
          if (one) go(href("workspace", { workspace: one.id }));
        },
      })),
    ),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
