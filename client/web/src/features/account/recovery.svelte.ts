// The recovery phrase: whether there is one, making it, taking it away.
import type { Recovery } from "../../api/generated";
import { concerns } from "../../app/engine";
import { Asking } from "./secrets.svelte";

export class RecoveryModel extends Asking {
  #state = $state.raw<Recovery | null>(null);
  #phrase = $state.raw<string | null>(null);

  /** null until it was read. */
  get state(): Recovery | null {
    return this.#state;
  }

  /** A phrase that was just made; it is shown once. */
  get phrase(): string | null {
    return this.#phrase;
  }

  start(): () => void {
    void this.refresh();
    return this.api.onChange((change) => {
      if (concerns(change, ["session"])) void this.refresh();
    });
  }

  async refresh(): Promise<void> {
    try {
      this.#state = await this.api.call("account.recovery", {});
    } catch {
      // What is known stays; making one says what is wrong.
    }
  }

  /** Makes a phrase in place of the one there was; resolves with whether it was made. */
  async create(passphrase: string): Promise<boolean> {
    const made = await this.ask(() => this.api.call("account.createRecovery", { passphrase }));
    this.#phrase = made?.phrase ?? null;
    if (made) await this.refresh();
    return made !== null;
  }

  /** It lies somewhere: it is not shown any more. */
  settle(): void {
    this.#phrase = null;
  }

  async remove(passphrase: string): Promise<boolean> {
    const done = await this.ask(() => this.api.call("account.removeRecovery", { passphrase }));
    if (done) await this.refresh();
    return done !== null;
  }
}
