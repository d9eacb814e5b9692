// Getting back into an account with the recovery phrase alone: a new passphrase, and a
// new emergency kit after that.
import type { Kit } from "../../api/generated";
import type { Api, Refusal } from "../../app/engine";
import { refusalOf } from "../../app/engine";
import { estimate, leastLength, type Estimate } from "../../lib/passphrase";
import { check, recoveryPhrase, whileTyping, type Verdict } from "../../lib/paper-key";
import { isEmail } from "./signup.svelte";

export type RecoverStep = "form" | "working" | "kit" | "proof" | "done";
type Field = "email" | "phrase" | "passphrase" | "again";
export type RecoverProblem = "email" | "short" | "different" | Exclude<Verdict, "good">;

export class Recover {
  readonly #api: Api;
  readonly #keepKit: (value: "later" | "yes") => Promise<void>;
  #step = $state<RecoverStep>("form");
  email = $state("");
  passphrase = $state("");
  again = $state("");
  #phrase = $state("");
  #problems = $state.raw<Partial<Record<Field, RecoverProblem>>>({});
  #refusal = $state.raw<Refusal | null>(null);
  #kit = $state.raw<Kit | null>(null);
  #kept = $state(true);
  #strength = $derived(estimate(this.passphrase, [this.email]));

  constructor(api: Api, keepKit: (value: "later" | "yes") => Promise<void>) {
    this.#api = api;
    this.#keepKit = keepKit;
  }

  get step(): RecoverStep {
    return this.#step;
  }

  get phrase(): string {
    return this.#phrase;
  }

  set phrase(typed: string) {
    this.#phrase = whileTyping(typed, recoveryPhrase);
    this.clear("phrase");
  }

  get problems(): Partial<Record<Field, RecoverProblem>> {
    return this.#problems;
  }

  get refusal(): Refusal | null {
    return this.#refusal;
  }

  /** The new kit. */
  get kit(): Kit | null {
    return this.#kit;
  }

  /** Whether this device holds the account now. */
  get kept(): boolean {
    return this.#kept;
  }

  get strength(): Estimate {
    return this.#strength;
  }

  clear(field: Field): void {
    if (this.#problems[field] !== undefined) this.#problems = { ...this.#problems, [field]: undefined };
  }

  async submit(): Promise<void> {
    if (this.#step !== "form") return;
    const verdict = await check(this.#phrase, recoveryPhrase);
    this.#problems = {
      ...(isEmail(this.email.trim()) ? {} : { email: "email" }),
      ...(verdict === "good" ? {} : { phrase: verdict }),
      ...(Array.from(this.passphrase).length < leastLength ? { passphrase: "short" } : {}),
      ...(this.again === this.passphrase ? {} : { again: "different" }),
    };
    if (Object.keys(this.#problems).length > 0) return;
    this.#refusal = null;
    this.#step = "working";
    try {
      const { kept, ...kit } = await this.#api.call("session.recover", { handle: this.email.trim(), phrase: this.#phrase, newPassphrase: this.passphrase, name: "" });
      this.#kit = kit;
      this.#kept = kept;
      this.passphrase = this.again = this.#phrase = "";
      this.#step = "kit";
      if (kept) await this.#keepKit("later");
    } catch (error) {
      this.#refusal = refusalOf(error);
      this.#step = "form";
    }
  }

  toProof(): void {
    if (this.#step === "kit") this.#step = "proof";
  }

  back(): void {
    if (this.#step === "proof") this.#step = "kit";
  }

  async proven(): Promise<void> {
    if (this.#step !== "proof") return;
    if (this.#kept) await this.#keepKit("yes");
    this.#step = "done";
  }

  defer(): void {
    if (this.#step === "kit" || this.#step === "proof") this.#step = "done";
  }
}
