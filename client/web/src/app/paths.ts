// All places of the app by name. Pages for them stand in pages.ts. To link somewhere:
// href("name", params). Ids in paths are opaque; secrets stand in fragments only.
import { hrefs } from "./router.svelte";

export const paths = {
  landing: "/",
  signup: "/signup",
  signin: "/signin",
  lock: "/lock",
  recover: "/recover",
  legal: "/legal",
  invite: "/i",
  home: "/home",
  newWorkspace: "/new",
  account: "/account",
  accountSection: "/account/:section",
  settings: "/settings",
  settingsSection: "/settings/:section",
  security: "/security",
  workspace: "/w/:workspace",
  inbox: "/w/:workspace/inbox",
  people: "/w/:workspace/people",
  invites: "/w/:workspace/people/invites",
  leave: "/w/:workspace/leave",
  channels: "/w/:workspace/channels",
  search: "/w/:workspace/search",
  channel: "/w/:workspace/c/:channel",
  message: "/w/:workspace/c/:channel/m/:message",
} as const;

export type Paths = typeof paths;
export type PathName = keyof Paths;

export const href = hrefs(paths);
