// What the view models of this feature need of the engine: the page's own surface.
import type { Change } from "../../api/generated";

export { coalesce, refusalOf, type Api, type Refusal } from "../../app/engine";

/** Whether a change is about this workspace, or about all of them. */
export function isAbout(change: Change, workspace: string): boolean {
  return change.workspace === null || change.workspace === workspace;
}
