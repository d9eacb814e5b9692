// Signing in on a further device: email, passphrase and the account key of the kit,
// typed, pasted or scanned.
import type { Api, Refusal } from "../../app/engine";
import { refusalOf } from "../../app/engine";
import { parseKitLink } from "../../lib/kit-link";
import { accountKey, check, pretty, whileTyping, type Verdict } from "../../lib/paper-key";
import { isEmail } from "./signup.svelte";

/** What is wrong with a field, for text().signin.problems. */
export type SignInProblem = "email" | "passphrase" | "otherServer" | Exclude<Verdict, "good">;

type Field = "email" | "passphrase" | "key";

export class SignIn {
  readonly #api: Api;
  readonly #origin: string;
  email = $state("");
  passphrase = $state("");
  #key = $state("");
  #verdict = $state<Verdict>("incomplete");
  #filled = $state(false);
  #problems = $state.raw<Partial<Record<Field, SignInProblem>>>({});
  #refusal = $state.raw<Refusal | null>(null);
  #busy = $state(false);

  /** origin is the server's, that of the page where the server gives the page. */
  constructor(api: Api, origin: string) {
    this.#api = api;
    this.#origin = origin;
  }

  /** What was typed of the account key, in groups. */
  get key(): string {
    return this.#key;
  }

  set key(typed: string) {
    // A pasted code of the kit is as good as the key in it.
    const link = parseKitLink(typed.trim());
    if (link) {
      this.takeCode(typed.trim());
      return;
    }
    this.#key = whileTyping(typed, accountKey);
    this.clear("key");
    void this.#look();
  }

  /** What can be said of the key before anything is asked. */
  get verdict(): Verdict {
    return this.#verdict;
  }

  /** Whether email and key came from a code, so that only the passphrase is missing. */
  get filled(): boolean {
    return this.#filled;
  }

  get problems(): Partial<Record<Field, SignInProblem>> {
    return this.#problems;
  }

  get refusal(): Refusal | null {
    return this.#refusal;
  }

  get busy(): boolean {
    return this.#busy;
  }

  clear(field: Field): void {
    if (this.#problems[field] !== undefined) this.#problems = { ...this.#problems, [field]: undefined };
  }

  /** Takes what the fragment of an opened address said. */
  take(secrets: { accountKey: string; handle: string }): void {
    this.#key = pretty(secrets.accountKey, accountKey);
    if (secrets.handle !== "") this.email = secrets.handle;
    this.#filled = true;
    this.#problems = {};
    void this.#look();
  }

  /** Takes a scanned or pasted code; false when it is no kit of this server. */
  takeCode(code: string): boolean {
    const link = parseKitLink(code.trim());
    if (!link) return false;
    if (link.origin !== this.#origin) {
      this.#problems = { ...this.#problems, key: "otherServer" };
      return false;
    }
    this.take(link);
    return true;
  }

  /** Signs in; resolves with whether it was done. */
  async submit(): Promise<boolean> {
    if (this.#busy) return false;
    await this.#look();
    this.#problems = {
      ...(isEmail(this.email.trim()) ? {} : { email: "email" }),
      ...(this.passphrase === "" ? { passphrase: "passphrase" } : {}),
      ...(this.#verdict === "good" ? {} : { key: this.#verdict }),
    };
    if (Object.keys(this.#problems).length > 0) return false;
    this.#refusal = null;
    this.#busy = true;
    try {
      await this.#api.call("session.signIn", { handle: this.email.trim(), passphrase: this.passphrase, accountKey: this.#key, name: "" });
      this.passphrase = this.#key = "";
      return true;
    } catch (error) {
      this.#refusal = refusalOf(error);
      return false;
    } finally {
      this.#busy = false;
    }
  }

  async #look(): Promise<void> {
    const typed = this.#key;
    const verdict = await check(typed, accountKey);
    if (typed !== this.#key) return;
    this.#verdict = verdict;
    // A slip is said as soon as the key is whole; a strange character at once.
    if (verdict === "mistyped" || verdict === "strange" || verdict === "long") this.#problems = { ...this.#problems, key: verdict };
  }
}
