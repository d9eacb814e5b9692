// Which dialog of the chat is open: it can be asked for from the sidebar and the
// palette, wherever somebody is.
import type { AppState } from "../../app/state.svelte";
import type { StreamID, WorkspaceID } from "../../api/generated";

export type Question = { kind: "create" | "direct"; workspace: WorkspaceID } | { kind: "edit"; workspace: WorkspaceID; channel: StreamID };

export class Asker {
  #question = $state.raw<Question | null>(null);

  get question(): Question | null {
    return this.#question;
  }
  open(question: Question): void {
    this.#question = question;
  }
  close(): void {
    this.#question = null;
  }
}

const askers = new WeakMap<AppState, Asker>();

/** The page's one asker. */
export function asker(app: AppState): Asker {
  const known = askers.get(app) ?? new Asker();
  askers.set(app, known);
  return known;
}
