// An invented team for the gallery of parts.
import AtSign from "@lucide/svelte/icons/at-sign";
import BellOff from "@lucide/svelte/icons/bell-off";
import CalendarDays from "@lucide/svelte/icons/calendar-days";
import CircleUser from "@lucide/svelte/icons/circle-user";
import FileText from "@lucide/svelte/icons/file-text";
import Hash from "@lucide/svelte/icons/hash";
import Inbox from "@lucide/svelte/icons/inbox";
import Link from "@lucide/svelte/icons/link";
import ListTodo from "@lucide/svelte/icons/list-todo";
import LogOut from "@lucide/svelte/icons/log-out";
import MessagesSquare from "@lucide/svelte/icons/messages-square";
import Settings from "@lucide/svelte/icons/settings";
import Users from "@lucide/svelte/icons/users";
import Video from "@lucide/svelte/icons/video";
import { locale } from "../i18n";
import type { BarLink, Connection, RailItem, ShellModel, SidebarSection } from "../app/shell";

const nothing = () => undefined;
const none = { unread: 0, mentions: 0 };

export const people = [
  { id: "u_amelie", name: "Amélie Durand", presence: "online" },
  { id: "u_bruno", name: "Bruno Keller", presence: "away" },
  { id: "u_chiara", name: "Chiara Rossi", presence: "online" },
  { id: "u_dimitri", name: "Dimitri Vasseur", presence: "offline" },
  { id: "u_elodie", name: "Élodie Nguyen", presence: "offline" },
  { id: "u_farid", name: "Farid Benali", presence: "online" },
  { id: "u_greta", name: "Greta Lindqvist", presence: "offline" },
  { id: "u_hugo", name: "Hugo Martin", presence: "away" },
] as const;

/** A model as a session would make it, with a switch for the connection. */
export class Team implements ShellModel {
  connection = $state<Connection>("online");
  waiting = $state(0);

  get #fr(): boolean {
    return locale.language === "fr";
  }

  get workspaces(): RailItem[] {
    return [
      { id: "w_aurore", name: "Projet Aurore", href: "/_parts/w", ...none },
      { id: "w_mairie", name: "Mairie de Sète", href: "/_parts/w2", unread: 4, mentions: 0 },
      { id: "w_atelier", name: "Atelier Nord", href: "/_parts/w3", unread: 12, mentions: 2 },
    ];
  }

  readonly addWorkspaceHref = "/_parts/new";

  get workspace() {
    return {
      id: "w_aurore",
      name: "Projet Aurore",
      href: "/_parts/w",
      menu: [
        { label: this.#fr ? "Inviter des personnes" : "Invite people", icon: Link, run: nothing },
        { label: this.#fr ? "Réglages de l’espace" : "Workspace settings", icon: Settings, run: nothing },
        "divider" as const,
        { label: this.#fr ? "Quitter l’espace" : "Leave the workspace", icon: LogOut, danger: true, run: nothing },
      ],
    };
  }

  get sections(): SidebarSection[] {
    const fr = this.#fr;
    const channel = (name: string, more: object = {}) => ({ id: name, label: name, href: `/_parts/w/${name}`, icon: Hash, ...none, ...more });
    return [
      {
        id: "tools",
        label: null,
        links: [
          { id: "inbox", label: fr ? "Boîte de réception" : "Inbox", href: "/_parts/w/inbox", icon: Inbox, unread: 0, mentions: 3 },
          { id: "tasks", label: fr ? "Tâches" : "Tasks", href: "/_parts/w/tasks", icon: ListTodo, ...none },
          { id: "calendar", label: fr ? "Agenda" : "Calendar", href: "/_parts/w/calendar", icon: CalendarDays, ...none },
          { id: "documents", label: "Documents", href: "/_parts/w/documents", icon: FileText, ...none },
          { id: "meetings", label: fr ? "Réunions" : "Meetings", href: "/_parts/w/meetings", icon: Video, ...none },
          { id: "people", label: fr ? "Membres" : "People", href: "/_parts/w/people", icon: Users, ...none },
        ],
      },
      {
        id: "channels",
        label: fr ? "Salons" : "Channels",
        add: { label: fr ? "Créer un salon" : "Create a channel", run: nothing },
        links: [
          channel("general"),
          channel("chantier", { unread: 7 }),
          channel("direction", { private: true, mentions: 1, unread: 2 }),
          channel("budget-2027", { private: true, draft: true }),
          channel("presse-et-relations-publiques", { unread: 120 }),
          channel("détente", { muted: true, unread: 41, menu: [{ label: fr ? "Rétablir le son" : "Unmute", icon: BellOff, run: nothing }] }),
        ],
      },
      {
        id: "direct",
        label: fr ? "Messages directs" : "Direct messages",
        add: { label: fr ? "Écrire à quelqu’un" : "Write to somebody", run: nothing },
        links: people.slice(1, 5).map((person, i) => ({ id: person.id, label: person.name, href: `/_parts/w/${person.id}`, person, unread: i === 1 ? 2 : 0, mentions: 0 })),
      },
    ];
  }

  get bar(): BarLink[] {
    const fr = this.#fr;
    return [
      { id: "chat", label: fr ? "Salons" : "Chat", href: "/_parts/w", icon: MessagesSquare, unread: 7, mentions: 0 },
      { id: "inbox", label: fr ? "Réception" : "Inbox", href: "/_parts/w/inbox", icon: AtSign, unread: 0, mentions: 3 },
      { id: "people", label: fr ? "Membres" : "People", href: "/_parts/w/people", icon: Users, ...none },
      { id: "me", label: fr ? "Vous" : "You", href: "/_parts/w/me", icon: CircleUser, ...none },
    ];
  }

  get me() {
    return { ...people[0], menu: [{ label: this.#fr ? "Réglages" : "Settings", icon: Settings, run: nothing }, "divider" as const, { label: this.#fr ? "Verrouiller" : "Lock", icon: LogOut, run: nothing }] };
  }

  retry(): void {
    this.connection = "connecting";
  }
}
