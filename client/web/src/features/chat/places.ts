// Where this feature's things are. Words of a search never stand in an address: a
// reload would send them to the server.
import { href } from "../../app/paths";
import { withPanel } from "../../app/router.svelte";

export const places = {
  channel: (workspace: string, channel: string): string => href("channel", { workspace, channel }),
  message: (workspace: string, channel: string, message: string): string => href("message", { workspace, channel, message }),
  thread: (workspace: string, channel: string, root: string): string => withPanel(href("channel", { workspace, channel }), { kind: "thread", id: root }),
  search: (workspace: string): string => href("search", { workspace }),
  channels: (workspace: string): string => href("channels", { workspace }),
  workspace: (workspace: string): string => href("workspace", { workspace }),
  security: (): string => href("security"),
};

/** The kinds of this feature's detail panels: ?panel=kind/id. */
export type PanelKind = "thread" | "pins" | "readers" | "find" | "about";
