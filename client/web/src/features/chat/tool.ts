// The chat as a tool of a workspace (docs/web.md): its channels in the sidebar, its
// lines in the palette, and where a workspace begins.
import Hash from "@lucide/svelte/icons/hash";
import List from "@lucide/svelte/icons/list";
import Lock from "@lucide/svelte/icons/lock";
import MessagesSquare from "@lucide/svelte/icons/messages-square";
import ShieldAlert from "@lucide/svelte/icons/shield-alert";
import { mount, unmount } from "svelte";
import type { Channel, WorkspaceID } from "../../api/generated";
import type { Command } from "../../app/commands.svelte";
import type { SidebarLink, SidebarSection } from "../../app/shell";
import type { AppState } from "../../app/state.svelte";
import type { Tool } from "../../app/tools.svelte";
import { now } from "../../lib/clock";
import type { MenuEntry } from "../../ui/menu";
import { refusalOf } from "./api";
import type { Chat } from "./chat.svelte";
import { chatOf, endChat } from "./context";
import { asker } from "./dialogs.svelte";
import Dialogs from "./Dialogs.svelte";
import { places } from "./places";
import { text } from "./text";

/** Starts the chat of a session. */
export function startTool(app: AppState): Tool {
  const chat = chatOf(app);
  const ask = asker(app);
  // Asked for from the sidebar and the palette, wherever somebody is.
  const dialogs = mount(Dialogs, { target: document.body, props: { app, chat } });
  // Drafts and deletions that wait must not be lost with the page.
  const onHide = () => chat.flush();
  window.addEventListener("pagehide", onHide);
  return {
    sections: (workspace) => sections(app, chat, workspace),
    bar: (workspace) => {
      const { channels } = chat.space(workspace);
      const loud = channels.all.filter((channel) => !channels.isMuted(channel.id));
      return [{ id: "chat", label: text().sidebar.bar, href: places.workspace(workspace), icon: MessagesSquare, unread: loud.reduce((n, one) => n + one.unread, 0), mentions: loud.reduce((n, one) => n + one.mentions, 0) }];
    },
    menu: (workspace) => (mayCreate(chat, workspace) ? [{ label: text().sidebar.create, icon: Hash, run: () => ask.open({ kind: "create", workspace }) }] : []),
    commands: (workspace) => commands(app, chat, workspace, ask),
    start: (workspace) => {
      const { channels } = chat.space(workspace);
      const first = channels.rooms[0] ?? channels.direct[0];
      return first ? places.channel(workspace, first.id) : channels.status === "ready" ? places.channels(workspace) : null;
    },
    stop: () => {
      window.removeEventListener("pagehide", onHide);
      ask.close();
      void unmount(dialogs);
      endChat(app);
    },
  };
}

/** Guests make no channels. */
function mayCreate(chat: Chat, workspace: WorkspaceID): boolean {
  const me = chat.space(workspace).people.me;
  return me !== undefined && me.role !== "guest" && me.role !== "";
}

function sections(app: AppState, chat: Chat, workspace: WorkspaceID): SidebarSection[] {
  const { channels } = chat.space(workspace);
  const ask = asker(app);
  return [
    {
      id: "channels",
      label: text().sidebar.channels,
      links: [...channels.rooms.map((channel) => link(chat, workspace, channel)), { id: "all-channels", label: text().sidebar.all, icon: List, href: places.channels(workspace), unread: 0, mentions: 0, muted: true }],
      ...(!mayCreate(chat, workspace) ? {} : { add: { label: text().sidebar.create, run: () => ask.open({ kind: "create", workspace }) } }),
    },
    {
      id: "direct",
      label: text().sidebar.direct,
      links: channels.direct.map((channel) => link(chat, workspace, channel)),
      add: { label: text().sidebar.writeTo, run: () => ask.open({ kind: "direct", workspace }) },
    },
  ];
}

function link(chat: Chat, workspace: WorkspaceID, channel: Channel): SidebarLink {
  const { channels, people } = chat.space(workspace);
  const others = channel.kind === "direct" ? channels.others(channel) : [];
  const [user] = others;
  const muted = channels.isMuted(channel.id);
  return {
    id: channel.id,
    label: channels.label(channel),
    href: places.channel(workspace, channel.id),
    ...(user !== undefined ? { person: { id: user, name: channels.label(channel), ...(others.length === 1 ? { presence: people.presence(user, now()) } : {}) } } : { icon: channel.stopped ? ShieldAlert : channel.kind === "private" ? Lock : Hash }),
    unread: channel.unread,
    mentions: channel.kind === "direct" && !muted ? channel.unread : channel.mentions,
    draft: channels.hasDraft(channel),
    muted,
    menu: menu(chat, workspace, channel),
  };
}

function menu(chat: Chat, workspace: WorkspaceID, channel: Channel): MenuEntry[] {
  const { channels } = chat.space(workspace);
  const muted = channels.isMuted(channel.id);
  const refused = (error: unknown) => chat.say(refusalOf(error));
  return [
    { label: text().sidebar.markRead, disabled: channel.unread + channel.mentions === 0, run: () => void channels.markRead(channel).catch(refused) },
    { label: muted ? text().sidebar.unmute : text().sidebar.mute, run: () => void channels.setMuted(channel.id, !muted).catch(refused) },
  ];
}

function commands(app: AppState, chat: Chat, workspace: WorkspaceID, ask: ReturnType<typeof asker>): Command[] {
  const { channels } = chat.space(workspace);
  const go = (href: string) => () => app.router.go(href);
  return [
    ...[...channels.rooms, ...channels.archived].map((channel): Command => ({ id: channel.id, label: channels.label(channel), group: "places", icon: channel.kind === "private" ? Lock : Hash, keywords: channel.topic, run: go(places.channel(workspace, channel.id)) })),
    ...channels.direct.map((channel): Command => ({ id: channel.id, label: channels.label(channel), group: "people", run: go(places.channel(workspace, channel.id)) })),
    { id: "search", label: text().search.title, group: "commands", run: go(places.search(workspace)) },
    ...(mayCreate(chat, workspace) ? [{ id: "create-channel", label: text().sidebar.create, group: "commands" as const, run: () => ask.open({ kind: "create", workspace }) }] : []),
    { id: "new-direct", label: text().sidebar.writeTo, group: "commands", run: () => ask.open({ kind: "direct", workspace }) },
  ];
}
