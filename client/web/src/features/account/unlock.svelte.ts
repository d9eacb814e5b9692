// The lock of this device: unlocking it, or signing out of it.
import type { Api, Refusal } from "../../app/engine";
import { refusalOf } from "../../app/engine";

export class Unlock {
  readonly #api: Api;
  #passphrase = $state("");
  #wrong = $state(false);
  #refusal = $state.raw<Refusal | null>(null);
  #busy = $state(false);

  constructor(api: Api) {
    this.#api = api;
  }

  get passphrase(): string {
    return this.#passphrase;
  }

  set passphrase(typed: string) {
    this.#passphrase = typed;
    this.#wrong = false;
  }

  /** Whether the passphrase was not the right one. */
  get wrong(): boolean {
    return this.#wrong;
  }

  /** What else went wrong. */
  get refusal(): Refusal | null {
    return this.#refusal;
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** Resolves with whether the device is open. */
  async submit(): Promise<boolean> {
    if (this.#busy || this.#passphrase === "") return false;
    this.#busy = true;
    this.#refusal = null;
    try {
      await this.#api.call("session.unlock", { passphrase: this.#passphrase });
      this.#passphrase = "";
      return true;
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal.code === "sign_in_failed" || refusal.code === "bad_request") this.#wrong = true;
      else this.#refusal = refusal;
      return false;
    } finally {
      this.#busy = false;
    }
  }

  /** Removes everything from this device. Rejects when it could not be removed. */
  async signOut(): Promise<void> {
    this.#refusal = null;
    try {
      await this.#api.call("session.signOut", {});
    } catch (error) {
      this.#refusal = refusalOf(error);
      throw error;
    }
  }
}
