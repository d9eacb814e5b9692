// The emoji used last, for this session: they say something about what was written, so
// they are kept nowhere in the clear.
import { untrack } from "svelte";
import { firstEmoji } from "./emoji";

/** How many are remembered. */
const most = 18;

export class RecentEmoji {
  #list = $state.raw<readonly string[]>([]);

  /** The used ones, newest first. */
  get list(): readonly string[] {
    return this.#list;
  }

  /** The first few, filled up with what people use most. */
  quick(count: number): string[] {
    return [...this.#list, ...firstEmoji.filter((emoji) => !this.#list.includes(emoji))].slice(0, count);
  }

  use(emoji: string): void {
    this.#list = [emoji, ...untrack(() => this.#list).filter((one) => one !== emoji)].slice(0, most);
  }
}
