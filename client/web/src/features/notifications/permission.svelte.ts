// Whether this browser may show notices. It is asked only when somebody presses a
// button: in the settings, or in the offer that follows the first mention.
import type { Shelf } from "../../app/appearance.svelte";

/** unsupported where the browser has no notices, or not for this page. */
export type Allowed = "granted" | "denied" | "default" | "unsupported";

/** What of the browser decides. */
export interface PermissionWorld {
  read: () => Allowed;
  /** Asks the person, by the browser's own question. */
  ask: () => Promise<unknown>;
  onChange: (listener: () => void) => () => void;
}

/** The offer is made once on a device: whoever declined is not asked again. */
const key = "cenacle.notices";

export class Permission {
  readonly #world: PermissionWorld;
  readonly #shelf: Shelf;
  #state = $state<Allowed>("unsupported");
  #offering = $state(false);
  #declined: boolean;

  constructor(world: PermissionWorld, shelf: Shelf) {
    this.#world = world;
    this.#shelf = shelf;
    this.#state = world.read();
    this.#declined = this.#wasDeclined();
  }

  start(): () => void {
    return this.#world.onChange(() => this.#read());
  }

  get state(): Allowed {
    return this.#state;
  }

  /** Whether to offer notices now, above the place where somebody is. */
  get offering(): boolean {
    return this.#offering && this.#state === "default";
  }

  /** Something came that notices could have told of. */
  news(): void {
    if (this.#state === "default" && !this.#declined) this.#offering = true;
  }

  /** Somebody wants notices: the browser asks. */
  async allow(): Promise<void> {
    await this.#world.ask();
    this.#read();
  }

  /** Somebody does not want them; the settings offer them still. */
  decline(): void {
    this.#declined = true;
    this.#offering = false;
    try {
      this.#shelf.setItem(key, "declined");
    } catch {
      // Storage is full or forbidden: it is remembered as long as the page lives.
    }
  }

  #wasDeclined(): boolean {
    try {
      return this.#shelf.getItem(key) === "declined";
    } catch {
      return false;
    }
  }

  #read(): void {
    this.#state = this.#world.read();
  }
}

/** The browser's own. */
export function browserPermission(): PermissionWorld {
  const supported = "Notification" in globalThis && isSecureContext;
  return {
    read: () => (supported ? Notification.permission : "unsupported"),
    ask: () => (supported ? Notification.requestPermission() : Promise.resolve()),
    onChange: (listener) => {
      let status: PermissionStatus | null = null;
      let stopped = false;
      // Where the browser does not tell of changes, they are seen when the page is opened again.
      navigator.permissions?.query({ name: "notifications" }).then(
        (found) => {
          if (stopped) return;
          status = found;
          found.addEventListener("change", listener);
        },
        () => undefined,
      );
      return () => {
        stopped = true;
        status?.removeEventListener("change", listener);
      };
    },
  };
}
