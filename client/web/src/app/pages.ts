// Which component draws which place. Each is a chunk of its own, loaded when somebody
// first goes there.
import Bell from "@lucide/svelte/icons/bell";
import DoorOpen from "@lucide/svelte/icons/door-open";
import Palette from "@lucide/svelte/icons/palette";
import SlidersHorizontal from "@lucide/svelte/icons/sliders-horizontal";
import Users from "@lucide/svelte/icons/users";
import type { Component } from "svelte";
import type { PathName } from "./paths";
import type { SettingsSection } from "./settings/section";
import { text as settingsText } from "./settings/text";
import type { ToolEntry } from "./tools.svelte";

/** What every page is given. */
export type PageProps = {
  params: Readonly<Record<string, string>>;
};

/** What a detail panel is given. */
export type PanelProps = {
  params: Readonly<Record<string, string>>;
  kind: string;
  id: string;
  close: () => void;
};

/** Loads a component that takes such props, or none at all. */
export type Loader<P extends Record<string, unknown>> = () => Promise<{ default: Component<P> | Component<Record<string, never>> }>;

export interface Page {
  load: Loader<PageProps>;
  /** plain fills the window; workspace stands beside rail and sidebar. */
  frame: "plain" | "workspace";
  /** Below 640 px: the list of places, a tool above the bottom bar, or a place with a way back. */
  phone?: "sidebar" | "tool" | "place";
}

export const pages: Readonly<Record<PathName, Page>> = {
  landing: { load: () => import("../features/landing/Landing.svelte"), frame: "plain" },
  legal: { load: () => import("../features/landing/Legal.svelte"), frame: "plain" },
  signup: { load: () => import("../features/welcome/SignUpPage.svelte"), frame: "plain" },
  signin: { load: () => import("../features/welcome/SignInPage.svelte"), frame: "plain" },
  recover: { load: () => import("../features/welcome/RecoverPage.svelte"), frame: "plain" },
  invite: { load: () => import("../features/welcome/InvitePage.svelte"), frame: "plain" },
  home: { load: () => import("../features/welcome/HomePage.svelte"), frame: "plain" },
  lock: { load: () => import("../features/account/LockPage.svelte"), frame: "plain" },
  account: { load: () => import("../features/account/AccountPage.svelte"), frame: "workspace", phone: "place" },
  accountSection: { load: () => import("../features/account/AccountPage.svelte"), frame: "workspace", phone: "place" },
  workspace: { load: () => import("../features/workspaces/Front.svelte"), frame: "workspace", phone: "sidebar" },
  inbox: { load: () => import("../features/workspaces/Inbox.svelte"), frame: "workspace", phone: "tool" },
  leave: { load: () => import("../features/workspaces/Leave.svelte"), frame: "workspace", phone: "place" },
  people: { load: () => import("../features/people/People.svelte"), frame: "workspace", phone: "tool" },
  invites: { load: () => import("../features/people/Invites.svelte"), frame: "workspace", phone: "place" },
  security: { load: () => import("../features/security/Security.svelte"), frame: "workspace", phone: "place" },
  newWorkspace: { load: () => import("../features/workspaces/New.svelte"), frame: "workspace", phone: "place" },
  channels: { load: () => import("../features/chat/ChannelsPage.svelte"), frame: "workspace", phone: "place" },
  search: { load: () => import("../features/chat/SearchPage.svelte"), frame: "workspace", phone: "place" },
  channel: { load: () => import("../features/chat/ChannelPage.svelte"), frame: "workspace", phone: "place" },
  message: { load: () => import("../features/chat/ChannelPage.svelte"), frame: "workspace", phone: "place" },
  settings: { load: () => import("../features/settings/Settings.svelte"), frame: "workspace", phone: "place" },
  settingsSection: { load: () => import("../features/settings/Settings.svelte"), frame: "workspace", phone: "place" },
};

/** Detail panels by the kind in ?panel=kind/id. */
export const panels: Readonly<Record<string, Loader<PanelProps>>> = {
  rename: () => import("../features/workspaces/RenamePanel.svelte"),
  person: () => import("../features/people/PersonPanel.svelte"),
  thread: () => import("../features/chat/ThreadPanel.svelte"),
  pins: () => import("../features/chat/PinsPanel.svelte"),
  readers: () => import("../features/chat/ReadersPanel.svelte"),
  find: () => import("../features/chat/FindPanel.svelte"),
  shield: () => import("../features/security/ShieldPanel.svelte"),
};

/** What stands above every place while a session is open: nothing, most of the time. */
export const notices: readonly Loader<Record<string, never>>[] = [() => import("../features/security/Notice.svelte"), () => import("../features/account/KitNotice.svelte"), () => import("../features/notifications/Notices.svelte")];

/** The sections of the settings, in their order. */
export const settingsSections: readonly SettingsSection[] = [
  { id: "general", group: "app", icon: SlidersHorizontal, label: () => settingsText().sections.general, load: () => import("../features/settings/General.svelte") },
  { id: "notifications", group: "app", icon: Bell, label: () => settingsText().sections.notifications, load: () => import("../features/notifications/NotificationSettings.svelte") },
  { id: "registration", group: "server", icon: DoorOpen, label: () => settingsText().sections.registration, load: () => import("../features/admin/Policy.svelte") },
  { id: "accounts", group: "server", icon: Users, label: () => settingsText().sections.accounts, load: () => import("../features/admin/Accounts.svelte") },
  { id: "branding", group: "server", icon: Palette, label: () => settingsText().sections.branding, load: () => import("../features/admin/BrandingPage.svelte") },
];

/** The tools of a workspace (docs/web.md). */
export const tools: readonly ToolEntry[] = [
  { id: "workspaces", order: 10, load: () => import("../features/workspaces/tool") },
  { id: "chat", order: 20, load: () => import("../features/chat/tool") },
  { id: "people", order: 90, load: () => import("../features/people/tool") },
  { id: "security", order: 100, load: () => import("../features/security/tool") },
  { id: "settings", order: 200, load: () => import("../features/settings/tool") },
  { id: "notifications", order: 210, load: () => import("../features/notifications/tool.svelte") },
];
