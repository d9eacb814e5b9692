// All places of the app by name. Pages for them stand in pages.ts. To link somewhere:
// href("name", params). Ids in paths are opaque; secrets stand in fragments only.
import { hrefs } from "./router.svelte";

export const paths = {
  landing: "/",
} as const;

export type Paths = typeof paths;
export type PathName = keyof Paths;

export const href = hrefs(paths);
