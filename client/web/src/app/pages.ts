// Which component draws which place. Each is a chunk of its own, loaded when somebody
// first goes there.
import type { Component } from "svelte";
import type { PathName } from "./paths";
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

export const pages: Partial<Record<PathName, Page>> = {
  landing: { load: () => import("../features/landing/Landing.svelte"), frame: "plain" },
};

/** Detail panels by the kind in ?panel=kind/id. */
export const panels: Readonly<Record<string, Loader<PanelProps>>> = {};

/** What stands above every place while a session is open: nothing, most of the time. */
export const notices: readonly Loader<Record<string, never>>[] = [];

/** The tools of a workspace (docs/web.md). */
export const tools: readonly ToolEntry[] = [];
