// The shell's model, made of the session, the workspaces and the open tools.
import CircleUser from "@lucide/svelte/icons/circle-user";
import LockKeyhole from "@lucide/svelte/icons/lock-keyhole";
import Settings from "@lucide/svelte/icons/settings";
import Shield from "@lucide/svelte/icons/shield";
import type { MenuEntry } from "../ui/menu";
import { href } from "./paths";
import { text as settingsText } from "./settings/text";
import type { BarLink, Connection, RailItem, ShellModel, SidebarSection } from "./shell";
import type { AppState } from "./state.svelte";
import { text } from "./text";
import type { Tool } from "./tools.svelte";

export class WorkspaceShell implements ShellModel {
  readonly #app: AppState;

  constructor(app: AppState) {
    this.#app = app;
  }

  get workspaces(): readonly RailItem[] {
    return this.#app.workspaces.all.map((one) => ({
      id: one.id,
      name: one.name === "" ? text().nameless : one.name,
      href: href("workspace", { workspace: one.id }),
      unread: one.offered ? 1 : one.unread,
      mentions: one.mentions,
    }));
  }

  readonly addWorkspaceHref = href("newWorkspace");

  get workspace(): { id: string; name: string; href: string; menu: readonly MenuEntry[] } | null {
    const id = this.#app.workspace;
    const one = id === null ? undefined : this.#app.workspaces.get(id);
    if (id === null || !one) return null;
    return { id, name: one.name === "" ? text().nameless : one.name, href: href("workspace", { workspace: id }), menu: this.#of((tool) => tool.menu?.(id)) };
  }

  get sections(): readonly SidebarSection[] {
    const id = this.workspace?.id;
    if (id === undefined) return [];
    const links = this.#of((tool) => tool.link?.(id));
    const top: SidebarSection[] = links.length === 0 ? [] : [{ id: "tools", label: null, links }];
    return [...top, ...this.#of((tool) => tool.sections?.(id))];
  }

  get bar(): readonly BarLink[] {
    const id = this.workspace?.id;
    return id === undefined ? [] : this.#of((tool) => tool.bar?.(id)).slice(0, 4);
  }

  /** What the tools say of the workspace, in their order. Nothing where nothing can be done. */
  #of<T>(ask: (tool: Tool) => T | readonly T[] | null | undefined): T[] {
    const one = this.#app.workspaces.get(this.#app.workspace ?? "");
    if (!one || one.offered || one.pending) return [];
    return this.#app.tools.all.flatMap((tool) => (ask(tool) as T | T[] | null | undefined) ?? []);
  }

  /** The organisation's sign, where it has a logo. */
  get brand(): { name: string; logo: string } | null {
    const { name, logo } = this.#app.server;
    return logo === "" ? null : { name: name === "" ? text().name : name, logo };
  }

  get me() {
    const { state } = this.#app.session;
    const name = state?.name ?? "";
    return { id: state?.user ?? "", name: name === "" ? (state?.handle ?? "") : name, presence: this.connection === "online" ? ("online" as const) : ("offline" as const), menu: this.#menu };
  }

  get #menu(): readonly MenuEntry[] {
    const app = this.#app;
    return [
      { label: text().account, icon: CircleUser, run: () => app.router.go(href("account")) },
      { label: settingsText().title, icon: Settings, run: () => app.router.go(href("settings")) },
      { label: text().security, icon: Shield, run: () => app.router.go(href("security")) },
      "divider",
      { label: text().lock, icon: LockKeyhole, run: () => void app.session.lock() },
    ];
  }

  get connection(): Connection {
    return this.#app.connection.shown;
  }

  get waiting(): number {
    return this.#app.session.state?.outbox ?? 0;
  }

  retry(): void {
    this.#app.connection.retry();
    void this.#app.session.refresh();
  }
}
