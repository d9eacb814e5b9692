// Places have URLs: /path?panel=kind/id#fragment. The router turns the address into a
// match and links into addresses. It knows patterns, not pages (see paths.ts, pages.ts).

/** "/w/:workspace/c/:channel" has the parameters workspace and channel. */
type ParamsOf<P extends string> = P extends `${string}:${infer Name}/${infer Rest}` ? Name | ParamsOf<`/${Rest}`> : P extends `${string}:${infer Name}` ? Name : never;

export type Params<P extends string> = Record<ParamsOf<P>, string>;

/** Patterns by the names of their routes. */
export type Table = Readonly<Record<string, string>>;

/** The optional detail panel: what it shows and of which thing, such as thread, e_… */
export interface PanelRef {
  kind: string;
  id: string;
}

/** Where somebody is. */
export type Match<T extends Table> =
  | { [N in keyof T & string]: { name: N; params: Params<T[N]>; panel: PanelRef | null; path: string } }[keyof T & string]
  | { name: "notFound"; params: Record<string, never>; panel: null; path: string };

/** What the router needs of a browser: window is one. */
export interface RouterWorld {
  location: { readonly pathname: string; readonly search: string; readonly hash: string };
  history: Pick<History, "pushState" | "replaceState" | "back" | "state">;
  addEventListener(type: "popstate", listener: () => void): void;
  removeEventListener(type: "popstate", listener: () => void): void;
}

/** One part of a path: an id (u_…, w_…) or a short name. Longer and stranger ones are not ours. */
const part = /^[\p{L}\p{N}_.~-]{1,128}$/u;

function decodePart(raw: string): string | null {
  try {
    const decoded = decodeURIComponent(raw);
    return part.test(decoded) && decoded !== "." && decoded !== ".." ? decoded : null;
  } catch {
    return null;
  }
}

function matchPattern(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [i, want] of wanted.entries()) {
    const have = given[i] ?? "";
    if (!want.startsWith(":")) {
      if (want !== have) return null;
      continue;
    }
    const value = decodePart(have);
    if (value === null) return null;
    params[want.slice(1)] = value;
  }
  return params;
}

function parsePanel(search: string): PanelRef | null {
  const [kind, id, ...rest] = (new URLSearchParams(search).get("panel") ?? "").split("/");
  if (kind === undefined || id === undefined || rest.length > 0) return null;
  return part.test(kind) && part.test(id) ? { kind, id } : null;
}

/** The match of an address. The first fitting pattern of the table wins. */
export function match<T extends Table>(table: T, pathname: string, search: string): Match<T> {
  const path = pathname.length > 1 ? pathname.replace(/\/+$/, "") || "/" : "/";
  if (pathname.length <= 1024) {
    for (const [name, pattern] of Object.entries(table)) {
      const params = matchPattern(pattern, path);
      if (params) return { name, params, panel: parsePanel(search), path } as Match<T>;
    }
  }
  return { name: "notFound", params: {}, panel: null, path };
}

/** A function that builds addresses of a table, href("channel", {workspace, channel}, panel). */
export function hrefs<T extends Table>(table: T) {
  return <N extends keyof T & string>(name: N, ...[params, panel]: [ParamsOf<T[N]>] extends [never] ? [params?: Record<string, never>, panel?: PanelRef] : [params: Params<T[N]>, panel?: PanelRef]): string => {
    const pattern = table[name] ?? "/";
    const values: Readonly<Record<string, string>> = params ?? {};
    const path = pattern.replace(/:(\w+)/g, (_, key: string) => encodeURIComponent(values[key] ?? ""));
    return panel ? withPanel(path, panel) : path;
  };
}

/** A path with another panel, or with none. */
export function withPanel(path: string, panel: PanelRef | null): string {
  return panel ? `${path}?panel=${encodeURIComponent(panel.kind)}/${encodeURIComponent(panel.id)}` : path;
}

/** The place of one page; its match is reactive. */
export class Router<T extends Table> {
  readonly #table: T;
  readonly #world: RouterWorld;
  #match = $state.raw<Match<T>>() as Match<T>;
  #depth = 0;

  constructor(table: T, world: RouterWorld) {
    this.#table = table;
    this.#world = world;
    this.#read();
  }

  get match(): Match<T> {
    return this.#match;
  }

  /** Follows the browser's back and forward until the returned function is called. */
  start(): () => void {
    const onPop = () => {
      const state: unknown = this.#world.history.state;
      this.#depth = state !== null && typeof state === "object" && "depth" in state && typeof state.depth === "number" ? state.depth : 0;
      this.#read();
    };
    this.#world.addEventListener("popstate", onPop);
    return () => this.#world.removeEventListener("popstate", onPop);
  }

  /** Goes to an address of this app, path first. The same address again is no further step. */
  go(href: string, options: { replace?: boolean } = {}): void {
    if (!href.startsWith("/") || href.startsWith("//") || href.includes("\\")) throw new TypeError("router: not an address of this app");
    const here = this.#world.location;
    if (href === here.pathname + here.search + here.hash) return;
    if (options.replace) this.#world.history.replaceState({ depth: this.#depth }, "", href);
    else this.#world.history.pushState({ depth: ++this.#depth }, "", href);
    this.#read();
  }

  /** Opens a detail panel beside the place, or closes it. */
  setPanel(panel: PanelRef | null): void {
    if (this.#match.name === "notFound") return;
    // What was opened by a step is closed by stepping back: no traces pile up behind.
    this.go(withPanel(this.#match.path, panel), { replace: this.#match.panel !== null });
  }

  /** One step back within the app, or, where somebody came from outside, to the given address. */
  back(otherwise: string): void {
    if (this.#depth > 0) this.#world.history.back();
    else this.go(otherwise, { replace: true });
  }

  /**
   * The fragment without its #, which leaves the address bar and the history at once
   * (A1: the secret of an invite is kept nowhere but in memory).
   */
  takeFragment(): string {
    const { pathname, search, hash } = this.#world.location;
    if (hash !== "") this.#world.history.replaceState({ depth: this.#depth }, "", pathname + search);
    return hash.slice(1);
  }

  /**
   * Takes a click on a link of this app: no reload. Modified clicks, downloads, other
   * targets and other origins stay the browser's.
   */
  onClick(e: MouseEvent): void {
    if (e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
    const link = e.target instanceof Element ? e.target.closest("a") : null;
    if (!link || link.origin !== location.origin || link.target !== "" || link.hasAttribute("download")) return;
    // A link to a part of the same page scrolls.
    if (link.hash !== "" && link.pathname === location.pathname && link.search === location.search) return;
    e.preventDefault();
    this.go(link.pathname + link.search + link.hash);
  }

  #read(): void {
    this.#match = match(this.#table, this.#world.location.pathname, this.#world.location.search);
  }
}
