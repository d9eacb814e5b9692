// How the connection is shown: what lasts a moment is not worth a bar, what comes back
// soon is "connecting", and only what stays away is "offline".
import type { Connection } from "./shell";

/** How long a break may last unseen, and how long one is called connecting; milliseconds. */
const unseen = 2000;
const hopeful = 12_000;

export class ConnectionState {
  #shown = $state<Connection>("online");
  #up = true;
  #timer: ReturnType<typeof setTimeout> | undefined;

  get shown(): Connection {
    return this.#shown;
  }

  /** Takes what the engine knows, and whether the browser has a network at all. */
  set(up: boolean, network: boolean): void {
    if (up) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#shown = "online";
    } else if (!network) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#shown = "offline";
    } else if (this.#up) {
      this.#later(unseen, "connecting");
    } else if (this.#shown === "offline" && this.#timer === undefined) this.retry();
    this.#up = up;
  }

  /** Somebody asked to try again. */
  retry(): void {
    if (this.#up) return;
    this.#shown = "connecting";
    this.#later(hopeful, "offline");
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #later(ms: number, next: Connection): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#shown = next;
      if (next === "connecting") this.#later(hopeful, "offline");
    }, ms);
  }
}
