// People as a tool of a workspace: its line in the sidebar, its place on a phone,
// everybody in the palette.
import Link from "@lucide/svelte/icons/link";
import Users from "@lucide/svelte/icons/users";
import type { WorkspaceID } from "../../api/generated";
import { href } from "../../app/paths";
import type { AppState } from "../../app/state.svelte";
import type { Tool } from "../../app/tools.svelte";
import { nameOf, People, shortID } from "./people.svelte";
import { text } from "./text";

const kept = new WeakMap<AppState, Map<WorkspaceID, People>>();

/** The people of a workspace, shared by the pages, the panel and the sidebar. */
export function peopleOf(app: AppState, workspace: WorkspaceID): People {
  const all = kept.get(app) ?? new Map<WorkspaceID, People>();
  kept.set(app, all);
  const people = all.get(workspace) ?? new People(app.api, workspace);
  all.set(workspace, people);
  return people;
}

/** Opens the direct conversation with somebody, or says why it cannot. */
export async function writeTo(app: AppState, workspace: WorkspaceID, user: string): Promise<void> {
  const people = peopleOf(app, workspace);
  const channel = await people.direct(user);
  if (channel !== null) app.router.go(href("channel", { workspace, channel }));
  else if (people.act.refusal) app.toasts.show({ text: people.act.refusal.sentence });
}

export function startTool(app: AppState): Tool {
  const go = (address: string) => () => app.router.go(address);
  const removeShortcut = app.shortcuts.add({
    keys: "g p",
    label: () => text().title,
    group: () => text().places,
    when: () => app.shell?.workspace !== null && app.shell?.workspace !== undefined,
    run: () => {
      if (app.workspace !== null) app.router.go(href("people", { workspace: app.workspace }));
    },
  });
  const waiting = (workspace: WorkspaceID) => {
    const people = peopleOf(app, workspace);
    return people.mayManage ? people.all.filter((one) => one.pending).length : 0;
  };
  return {
    enter: (workspace) => peopleOf(app, workspace).start(),
    link: (workspace) => ({ id: "people", label: text().title, href: href("people", { workspace }), icon: Users, unread: 0, mentions: waiting(workspace) }),
    bar: (workspace) => [{ id: "people", label: text().title, href: href("people", { workspace }), icon: Users, unread: 0, mentions: waiting(workspace) }],
    menu: (workspace) => (peopleOf(app, workspace).mayManage ? [{ label: text().inviteSome, icon: Link, run: go(href("invites", { workspace })) }] : []),
    commands: (workspace) => [
      { id: "people", label: text().title, group: "places", icon: Users, keys: "g p", run: go(href("people", { workspace })) },
      ...(peopleOf(app, workspace).mayManage ? [{ id: "invite", label: text().inviteSome, group: "commands" as const, icon: Link, run: go(href("invites", { workspace })) }] : []),
      ...peopleOf(app, workspace)
        .all.filter((one) => !one.pending && !one.self)
        .map((one) => ({ id: `person-${one.user}`, label: nameOf(one), group: "people" as const, hint: one.looksLike ? shortID(one.user) : undefined, keywords: one.user, run: () => app.router.go(href("people", { workspace }, { kind: "person", id: one.user })) })),
    ],
    stop: () => {
      removeShortcut();
      kept.delete(app);
    },
  };
}
