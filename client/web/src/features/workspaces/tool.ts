// The workspace itself as a tool: its inbox, its name and the way out.
import InboxIcon from "@lucide/svelte/icons/inbox";
import LogOut from "@lucide/svelte/icons/log-out";
import PencilLine from "@lucide/svelte/icons/pencil-line";
import type { WorkspaceID } from "../../api/generated";
import { href } from "../../app/paths";
import type { AppState } from "../../app/state.svelte";
import type { Tool } from "../../app/tools.svelte";
import { atLeast } from "../../app/workspaces.svelte";
import { Inbox } from "./inbox.svelte";
import { text } from "./text";

const kept = new WeakMap<AppState, Map<WorkspaceID, Inbox>>();

/** The inbox of a workspace, shared by its page and the sidebar. */
export function inboxOf(app: AppState, workspace: WorkspaceID): Inbox {
  const all = kept.get(app) ?? new Map<WorkspaceID, Inbox>();
  kept.set(app, all);
  const inbox = all.get(workspace) ?? new Inbox(app.api, workspace);
  all.set(workspace, inbox);
  return inbox;
}

export function startTool(app: AppState): Tool {
  const go = (address: string) => () => app.router.go(address);
  const removeShortcut = app.shortcuts.add({
    keys: "g i",
    label: () => text().inbox.title,
    group: () => text().places,
    when: () => app.shell?.workspace !== null && app.shell?.workspace !== undefined,
    run: () => {
      if (app.workspace !== null) app.router.go(href("inbox", { workspace: app.workspace }));
    },
  });
  return {
    enter: (workspace) => inboxOf(app, workspace).start(),
    link: (workspace) => ({ id: "inbox", label: text().inbox.title, href: href("inbox", { workspace }), icon: InboxIcon, unread: 0, mentions: inboxOf(app, workspace).count }),
    bar: (workspace) => [{ id: "inbox", label: text().inbox.bar, href: href("inbox", { workspace }), icon: InboxIcon, unread: 0, mentions: inboxOf(app, workspace).count }],
    menu: (workspace) => [
      ...(atLeast(app.workspaces.get(workspace)?.role ?? "", "admin") ? [{ label: text().rename.menu, icon: PencilLine, run: () => app.router.setPanel({ kind: "rename", id: workspace }) }] : []),
      { label: text().leave.menu, icon: LogOut, danger: true, run: go(href("leave", { workspace })) },
    ],
    commands: (workspace) => [{ id: "inbox", label: text().inbox.title, group: "places", icon: InboxIcon, keys: "g i", run: go(href("inbox", { workspace })) }],
    stop: () => {
      removeShortcut();
      kept.delete(app);
    },
  };
}
