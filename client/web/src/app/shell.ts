// What the shell shows, said without the engine: whoever has a session makes a
// ShellModel of it (a class with $state or getters; the shell reads it again on change).
import type { IconType } from "../ui/icon";
import type { MenuEntry } from "../ui/menu";
import type { Presence } from "../ui/presence";

export interface Counts {
  unread: number;
  mentions: number;
}

export interface RailItem extends Counts {
  id: string;
  name: string;
  href: string;
  picture?: string | undefined;
}

export interface SidebarLink extends Counts {
  id: string;
  label: string;
  href: string;
  icon?: IconType | undefined;
  /** For a direct message, instead of an icon. */
  person?: { id: string; name: string; presence?: Presence | undefined } | undefined;
  private?: boolean | undefined;
  muted?: boolean | undefined;
  draft?: boolean | undefined;
  menu?: readonly MenuEntry[] | undefined;
}

export interface SidebarSection {
  id: string;
  /** null for the tools at the top. */
  label: string | null;
  links: readonly SidebarLink[];
  /** The way to make one more. */
  add?: { label: string; run: () => void } | undefined;
}

/** A place of the bottom bar: three or four, and Me. */
export interface BarLink extends Counts {
  id: string;
  label: string;
  href: string;
  icon: IconType;
}

export type Connection = "online" | "connecting" | "offline";

export interface ShellModel {
  /** The organisation's sign above the workspaces; none where it has no logo. */
  readonly brand?: { name: string; logo: string } | null;
  readonly workspaces: readonly RailItem[];
  readonly addWorkspaceHref: string;
  /** null while no workspace is open. */
  readonly workspace: { id: string; name: string; href: string; menu: readonly MenuEntry[] } | null;
  readonly sections: readonly SidebarSection[];
  readonly bar: readonly BarLink[];
  readonly me: { id: string; name: string; presence: Presence; picture?: string | undefined; menu: readonly MenuEntry[] };
  readonly connection: Connection;
  /** How many changes wait to be sent. */
  readonly waiting: number;
  retry(): void;
}
