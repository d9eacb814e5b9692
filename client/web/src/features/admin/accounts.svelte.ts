// The accounts of the server, page by page. Who may sign in is the administrator's to
// say; what people can read in their workspaces is not.
import type { Account, UserID } from "../../api/generated";
import { refusalOf, type Api, type Refusal } from "../../app/engine";

export class Accounts {
  readonly #api: Api;
  #all = $state.raw<readonly Account[]>([]);
  #status = $state<"loading" | "ready" | "failed">("loading");
  #more = $state(false);
  #fetching = $state(false);
  #refusal = $state.raw<Refusal | null>(null);
  /** What the list is narrowed down by: a part of the address. */
  query = $state("");

  constructor(api: Api) {
    this.#api = api;
  }

  get status(): "loading" | "ready" | "failed" {
    return this.#status;
  }

  get refusal(): Refusal | null {
    return this.#refusal;
  }

  /** Whether there are accounts that were not fetched yet. */
  get more(): boolean {
    return this.#more;
  }

  get fetching(): boolean {
    return this.#fetching;
  }

  /** How many were fetched. */
  get count(): number {
    return this.#all.length;
  }

  /** Those fetched that the query names. */
  get shown(): readonly Account[] {
    const wanted = this.query.trim().toLowerCase();
    return wanted === "" ? this.#all : this.#all.filter((account) => account.handle.toLowerCase().includes(wanted));
  }

  /** Reads the first page, or starts over. */
  async load(): Promise<void> {
    this.#status = "loading";
    await this.#fetch("", []);
  }

  async fetchMore(): Promise<void> {
    if (!this.#more || this.#fetching) return;
    await this.#fetch(this.#all.at(-1)?.handle ?? "", this.#all);
  }

  /** Keeps an account out or lets it in again; reports whether it was done. */
  async setDisabled(user: UserID, disabled: boolean): Promise<boolean> {
    this.#refusal = null;
    this.#mark(user, disabled);
    try {
      await this.#api.call("admin.setDisabled", { user, disabled });
      return true;
    } catch (error) {
      this.#mark(user, !disabled);
      this.#refusal = refusalOf(error);
      return false;
    }
  }

  /** Deletes an account for good. Rejects with a Refusal when it was not done. */
  async remove(user: UserID): Promise<void> {
    await this.#api.call("admin.deleteAccount", { user });
    this.#all = this.#all.filter((account) => account.user !== user);
  }

  #mark(user: UserID, disabled: boolean): void {
    this.#all = this.#all.map((account) => (account.user === user ? { ...account, disabled } : account));
  }

  async #fetch(after: string, before: readonly Account[]): Promise<void> {
    this.#fetching = true;
    this.#refusal = null;
    try {
      const page = await this.#api.call("admin.accounts", { after });
      this.#all = [...before, ...page.accounts];
      this.#more = page.more;
      this.#status = "ready";
    } catch (error) {
      this.#refusal = refusalOf(error);
      if (this.#status === "loading") this.#status = "failed";
    } finally {
      this.#fetching = false;
    }
  }
}
