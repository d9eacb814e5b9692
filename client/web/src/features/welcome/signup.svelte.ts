// Making an account, step by step: who, the passphrase, the keys, the emergency kit and
// the proof that it was kept. What comes after it, a workspace, is first.svelte.ts.
import type { Api, Refusal } from "../../app/engine";
import { refusalOf } from "../../app/engine";
import { estimate, leastLength, suggest, type Estimate } from "../../lib/passphrase";
import type { Kit } from "../../api/generated";

export type SignUpStep = "you" | "passphrase" | "making" | "kit" | "proof" | "done";

/** What is wrong with a field, for text().signup.problems. */
export type Problem = "name" | "longName" | "email" | "taken" | "short" | "long" | "different";

/** schema.MaxName and schema.MaxPassphrase, in octets of UTF-8. */
const longestName = 200;
const longestPassphrase = 1024;

function octets(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Whether something may be an email address: the server knows more. */
export function isEmail(text: string): boolean {
  return /^[^\s@]+@[^\s@]+$/.test(text) && text.length <= 254;
}

export class SignUp {
  readonly #api: Api;
  readonly #invite: () => string;
  readonly #keepKit: (value: "later" | "yes") => Promise<void>;
  #step = $state<SignUpStep>("you");
  name = $state("");
  email = $state("");
  passphrase = $state("");
  again = $state("");
  #problems = $state.raw<Partial<Record<"name" | "email" | "passphrase" | "again", Problem>>>({});
  #refusal = $state.raw<Refusal | null>(null);
  #kit = $state.raw<Kit | null>(null);
  #kept = $state(true);
  #strength = $derived(estimate(this.passphrase, [this.name, this.email]));

  /** invite gives the invite's URL where registration is by invite, "" otherwise; keepKit records what became of the kit. */
  constructor(api: Api, invite: () => string, keepKit: (value: "later" | "yes") => Promise<void>) {
    this.#api = api;
    this.#invite = invite;
    this.#keepKit = keepKit;
  }

  get step(): SignUpStep {
    return this.#step;
  }

  get problems(): Partial<Record<"name" | "email" | "passphrase" | "again", Problem>> {
    return this.#problems;
  }

  /** Why the account could not be made. */
  get refusal(): Refusal | null {
    return this.#refusal;
  }

  /** The kit, once the account exists. */
  get kit(): Kit | null {
    return this.#kit;
  }

  /** Whether this device holds the account; where it does not, the kit is the only way in. */
  get kept(): boolean {
    return this.#kept;
  }

  get strength(): Estimate {
    return this.#strength;
  }

  /** Somebody goes on typing: what was wrong with the field is not said any more. */
  clear(field: "name" | "email" | "passphrase" | "again"): void {
    if (this.#problems[field] === undefined) return;
    this.#problems = { ...this.#problems, [field]: undefined };
  }

  /** From the first step to the second. */
  submitYou(): void {
    const name = this.name.trim();
    const email = this.email.trim();
    this.#problems = {
      ...(name === "" ? { name: "name" } : octets(name) > longestName ? { name: "longName" } : {}),
      ...(isEmail(email) ? {} : { email: "email" }),
    };
    if (Object.keys(this.#problems).length === 0) this.#step = "passphrase";
  }

  back(): void {
    if (this.#step === "passphrase") this.#step = "you";
    else if (this.#step === "proof") this.#step = "kit";
    this.#refusal = null;
  }

  /** Puts a passphrase in that is hard to guess. */
  suggest(): void {
    this.passphrase = suggest();
    this.again = "";
    this.#problems = {};
  }

  /** Makes the account. Resolves when it was made, or was not. */
  async submitPassphrase(): Promise<void> {
    if (this.#step !== "passphrase") return;
    this.#problems = {
      ...(Array.from(this.passphrase).length < leastLength ? { passphrase: "short" } : octets(this.passphrase) > longestPassphrase ? { passphrase: "long" } : {}),
      ...(this.again === this.passphrase ? {} : { again: "different" }),
    };
    if (Object.keys(this.#problems).length > 0) return;
    this.#refusal = null;
    this.#step = "making";
    try {
      const { kept, ...kit } = await this.#api.call("session.signUp", { handle: this.email.trim(), name: this.name.trim(), passphrase: this.passphrase, invite: this.#invite() });
      this.#kit = kit;
      this.#kept = kept;
      this.passphrase = this.again = "";
      this.#step = "kit";
      // Until the proof, every page reminds of the kit.
      if (kept) await this.#keepKit("later");
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal.code === "handle_taken") {
        this.#problems = { email: "taken" };
        this.#step = "you";
        return;
      }
      this.#refusal = refusal;
      this.#step = "passphrase";
    }
  }

  /** The kit lies somewhere; now the proof. */
  toProof(): void {
    if (this.#step === "kit") this.#step = "proof";
  }

  /** The proof was given. */
  async proven(): Promise<void> {
    if (this.#step !== "proof") return;
    this.#step = "done";
    if (this.#kept) await this.#keepKit("yes");
  }

  /** Later: the reminder stays. */
  defer(): void {
    if (this.#step === "kit" || this.#step === "proof") this.#step = "done";
  }
}
