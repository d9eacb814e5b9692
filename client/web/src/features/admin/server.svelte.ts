// What the administrator has set, and the way to set it. Everything is replaced at once:
// the revision keeps two administrators from overwriting each other unseen.
import type { AdminServer, AdminSettings, Branding } from "../../api/generated";
import { refusalOf, type Api, type Refusal } from "../../app/engine";

export interface Change {
  settings?: AdminSettings;
  branding?: Branding;
  /** A picture in place of the present logo, in base64. */
  newLogo?: string;
}

export class ServerAdmin {
  readonly #api: Api;
  /** Called after a change, for what the page shows of the server itself. */
  readonly #onSaved: () => void;
  #now = $state.raw<AdminServer | null>(null);
  #refusal = $state.raw<Refusal | null>(null);
  #saving = $state(false);
  #conflict = $state(false);

  constructor(api: Api, onSaved: () => void) {
    this.#api = api;
    this.#onSaved = onSaved;
  }

  /** null until the server has answered. */
  get now(): AdminServer | null {
    return this.#now;
  }

  /** Why it could not be read or changed. */
  get refusal(): Refusal | null {
    return this.#refusal;
  }

  get saving(): boolean {
    return this.#saving;
  }

  /** Whether somebody else changed something meanwhile. What is shown is theirs; nothing was overwritten. */
  get conflict(): boolean {
    return this.#conflict;
  }

  async load(): Promise<void> {
    try {
      this.#now = await this.#api.call("admin.server", {});
      this.#refusal = null;
    } catch (error) {
      this.#refusal = refusalOf(error);
    }
  }

  /** Replaces what is named and leaves the rest as it is; reports whether it was done. */
  async save(change: Change): Promise<boolean> {
    const before = this.#now;
    if (!before || this.#saving) return false;
    this.#saving = true;
    this.#refusal = null;
    this.#conflict = false;
    try {
      const { newLogo } = change;
      this.#now = await this.#api.call("admin.update", {
        revision: before.revision,
        settings: change.settings ?? before.settings,
        branding: change.branding ?? before.branding,
        ...(newLogo === undefined ? {} : { newLogo }),
      });
      this.#onSaved();
      return true;
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal.code === "conflict") {
        this.#conflict = true;
        await this.load();
      } else this.#refusal = refusal;
      return false;
    } finally {
      this.#saving = false;
    }
  }
}
