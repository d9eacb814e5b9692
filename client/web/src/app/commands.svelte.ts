// What the command palette finds: places, people and commands, from whoever knows them.
import { untrack } from "svelte";
import { find } from "../lib/fuzzy";
import type { IconType } from "../ui/icon";

export type CommandGroup = "places" | "people" | "commands";

export interface Command {
  id: string;
  label: string;
  group: CommandGroup;
  icon?: IconType | undefined;
  /** Shown after the label: a workspace's name, a person's handle within it. */
  hint?: string | undefined;
  /** Further words by which it is found. */
  keywords?: string | undefined;
  /** As shortcuts are written; shown only. */
  keys?: string | undefined;
  run: () => void;
}

/** How many results are listed. */
const limit = 50;

export class Commands {
  #sources = $state.raw<readonly (() => readonly Command[])[]>([]);

  /** Adds a source, which is asked whenever the palette looks; returns what removes it. Fits an $effect. */
  provide(source: () => readonly Command[]): () => void {
    this.#sources = [...untrack(() => this.#sources), source];
    return () => {
      this.#sources = untrack(() => this.#sources).filter((other) => other !== source);
    };
  }

  find(query: string): Command[] {
    const all = this.#sources.flatMap((source) => source());
    return find(query, all, (command) => `${command.label} ${command.hint ?? ""} ${command.keywords ?? ""}`, limit);
  }
}
