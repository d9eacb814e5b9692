// The passphrase, the kit and the key of an account that is open.
import type { ExportedKey, Kit } from "../../api/generated";
import type { Api, Refusal } from "../../app/engine";
import { refusalOf } from "../../app/engine";
import { estimate, leastLength, type Estimate } from "../../lib/passphrase";

/** Asks for something that needs the passphrase, one thing at a time. */
export class Asking {
  protected readonly api: Api;
  #busy = $state(false);
  #wrong = $state(false);
  #refusal = $state.raw<Refusal | null>(null);

  constructor(api: Api) {
    this.api = api;
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** Whether the passphrase was wrong. */
  get wrong(): boolean {
    return this.#wrong;
  }

  get refusal(): Refusal | null {
    return this.#refusal;
  }

  /** Somebody types again. */
  clear(): void {
    this.#wrong = false;
  }

  protected async ask<T>(run: () => Promise<T>): Promise<T | null> {
    if (this.#busy) return null;
    this.#busy = true;
    this.#wrong = false;
    this.#refusal = null;
    try {
      return await run();
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal.code === "sign_in_failed") this.#wrong = true;
      else this.#refusal = refusal;
      return null;
    } finally {
      this.#busy = false;
    }
  }
}

/** The emergency kit, shown again. */
export class KitAgain extends Asking {
  #kit = $state.raw<Kit | null>(null);

  get kit(): Kit | null {
    return this.#kit;
  }

  async show(passphrase: string): Promise<boolean> {
    this.#kit = await this.ask(() => this.api.call("account.kit", { passphrase }));
    return this.#kit !== null;
  }

  hide(): void {
    this.#kit = null;
  }
}

export type ChangeProblem = "short" | "different" | "same";

/** Another passphrase. */
export class ChangePassphrase extends Asking {
  old = $state("");
  fresh = $state("");
  again = $state("");
  #problem = $state<ChangeProblem | null>(null);
  #strength = $derived(estimate(this.fresh));

  get problem(): ChangeProblem | null {
    return this.#problem;
  }

  get strength(): Estimate {
    return this.#strength;
  }

  override clear(): void {
    super.clear();
    this.#problem = null;
  }

  /** Resolves with whether it was changed. */
  async submit(): Promise<boolean> {
    this.#problem = Array.from(this.fresh).length < leastLength ? "short" : this.fresh === this.old ? "same" : this.fresh !== this.again ? "different" : null;
    if (this.#problem !== null || this.old === "") return false;
    const done = await this.ask(() => this.api.call("account.changePassphrase", { old: this.old, new: this.fresh }));
    if (done === null) return false;
    this.old = this.fresh = this.again = "";
    return true;
  }
}

/** The user's OpenPGP key. */
export class OwnKey extends Asking {
  #public = $state.raw<ExportedKey | null>(null);

  get public(): ExportedKey | null {
    return this.#public;
  }

  async load(): Promise<void> {
    this.#public = await this.ask(() => this.api.call("account.exportKey", { private: false, passphrase: "" }));
  }

  /** The private key without any lock, armored; null when the passphrase is wrong. */
  async private(passphrase: string): Promise<string | null> {
    return (await this.ask(() => this.api.call("account.exportKey", { private: true, passphrase })))?.armored ?? null;
  }
}
