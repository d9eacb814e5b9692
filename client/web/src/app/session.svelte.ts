// Who uses this device, followed as it changes, for everything that depends on it: which
// page is right, and whether the emergency kit still waits to be kept.
import type { Change, SessionState } from "../api/generated";
import type { Api } from "./engine";

/** Values of the setting kit-kept. Without one nothing is said: the account is older than the setting. */
export const kitKept = { later: "later", yes: "yes" } as const;

/** What somebody who goes to a place of the app has to do first. */
export type Gate = "unknown" | "signIn" | "unlock" | "ended" | "open";

export class Session {
  readonly #api: Api;
  #state = $state.raw<SessionState | null>(null);
  #failed = $state(false);
  #kitDue = $state(false);
  // Only the newest answer counts.
  #asked = 0;

  constructor(api: Api) {
    this.#api = api;
  }

  /** null until the engine has answered. */
  get state(): SessionState | null {
    return this.#state;
  }

  /** Whether the engine could not be asked at all. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Whether the emergency kit still waits to be kept. */
  get kitDue(): boolean {
    return this.#kitDue && this.gate === "open";
  }

  get gate(): Gate {
    if (!this.#state) return "unknown";
    // "" for a session that goes on, which the type does not say.
    const ended: string = this.#state.ended;
    if (ended !== "") return "ended";
    return this.#state.stage === "open" ? "open" : this.#state.stage === "locked" ? "unlock" : "signIn";
  }

  /** Reads and follows until the returned function is called. */
  start(): () => void {
    void this.refresh();
    return this.#api.onChange((change) => this.#onChange(change));
  }

  async refresh(): Promise<void> {
    const asked = ++this.#asked;
    try {
      const state = await this.#api.call("session.state", {});
      if (asked !== this.#asked) return;
      const opened = state.stage === "open" && this.#state?.stage !== "open";
      this.#state = state;
      this.#failed = false;
      if (opened) await this.#refreshKit();
    } catch {
      if (asked === this.#asked) this.#failed = true;
    }
  }

  /** Locks this device: the engine forgets what opens the account, in every tab. */
  async lock(): Promise<void> {
    await this.#api.call("session.lock", {});
    await this.refresh();
  }

  /** Asks again: the engine, or whether the server can be reached. */
  retry(): Promise<void> {
    return this.refresh();
  }

  /** Records what became of a new kit, for all devices; the reminder follows at once. */
  async keepKit(value: keyof typeof kitKept): Promise<void> {
    this.#kitDue = value === "later";
    try {
      await this.#api.call("settings.set", { key: "kit-kept", value: kitKept[value] });
    } catch {
      // The kit itself is shown; only the reminder is not as it should be.
    }
  }

  async #refreshKit(): Promise<void> {
    try {
      const { values } = await this.#api.call("settings.get", {});
      this.#kitDue = values["kit-kept"] === kitKept.later;
    } catch {
      // It is asked again with the next change; a reminder can wait.
    }
  }

  #onChange(change: Change): void {
    if (change.kind === "session" || change.kind === "all") void this.refresh();
    if ((change.kind === "settings" || change.kind === "all") && this.#state?.stage === "open") void this.#refreshKit();
  }
}
