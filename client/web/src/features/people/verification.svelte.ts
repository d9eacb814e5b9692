// One verification of one person, from what is displayed to what is recorded.
import type { UserID, Verification, WorkspaceID } from "../../api/generated";
import { Act } from "../../app/act.svelte";
import type { Api, Refusal } from "../../app/engine";
import { compare, formatCode, parseCode, type Outcome, type Side } from "./verification";

/** number: somebody said that the digits differ. */
export type Mismatch = Exclude<Outcome, "same"> | "number";

export class Verifying {
  readonly #api: Api;
  readonly #at: { workspace: WorkspaceID; user: UserID };
  readonly #me: Side;
  readonly #act = new Act();
  #shown = $state.raw<Verification | null>(null);
  #done = $state(false);
  #mismatch = $state<Mismatch | null>(null);

  constructor(api: Api, at: { workspace: WorkspaceID; user: UserID }, me: Side) {
    this.#api = api;
    this.#at = at;
    this.#me = me;
  }

  /** What is displayed, and alone confirmed; null before it is there. */
  get shown(): Verification | null {
    return this.#shown;
  }

  get refusal(): Refusal | null {
    return this.#act.refusal;
  }

  get busy(): boolean {
    return this.#act.busy;
  }

  get done(): boolean {
    return this.#done;
  }

  get mismatch(): Mismatch | null {
    return this.#mismatch;
  }

  /** The code to show to the other side; "" before there is one. */
  get code(): string {
    return this.#shown ? formatCode({ mine: this.#me, yours: { user: this.#shown.user, fingerprint: this.#shown.fingerprint } }) : "";
  }

  async begin(): Promise<void> {
    this.#mismatch = null;
    this.#done = false;
    this.#shown = await this.#act.run(() => this.#api.call("people.beginVerification", this.#at));
  }

  /** Whether a code is one of this kind at all, whoever it is of. */
  accepts(text: string): boolean {
    return parseCode(text) !== null;
  }

  /** A code was scanned or pasted. */
  async scanned(text: string): Promise<void> {
    const code = parseCode(text);
    if (!code || !this.#shown) return;
    const outcome = compare(code, this.#shown, this.#me);
    if (outcome === "same") await this.confirm();
    else this.#mismatch = outcome;
  }

  /** The digits were compared and differ. */
  differ(): void {
    this.#mismatch = "number";
  }

  /** The digits were compared and are the same: records exactly what was displayed. */
  async confirm(): Promise<void> {
    const shown = this.#shown;
    if (!shown) return;
    this.#mismatch = null;
    const { user, fingerprint, number } = shown;
    this.#done = (await this.#act.run(() => this.#api.call("people.confirmVerification", { user, fingerprint, number }))) !== null;
  }
}
