// What somebody does, as long as it is under way: buttons are busy, refusals stand where it was done.
import { refusalOf, type Refusal } from "./engine";

/** One act under way, and why the last one was refused. */
export class Act {
  #busy = $state(false);
  #refusal = $state.raw<Refusal | null>(null);

  get busy(): boolean {
    return this.#busy;
  }

  get refusal(): Refusal | null {
    return this.#refusal;
  }

  /** Resolves with what the act gave, or null when it was refused or another one runs. */
  async run<T>(act: () => Promise<T>): Promise<T | null> {
    if (this.#busy) return null;
    this.#busy = true;
    this.#refusal = null;
    try {
      return await act();
    } catch (error) {
      this.#refusal = refusalOf(error);
      return null;
    } finally {
      this.#busy = false;
    }
  }
}
