// New versions of the app. The service worker fetches one in the background and waits;
// the page says so, and changes over only when somebody asks for it.
import type { Order } from "../../lib/service-worker";

/** How often a new version is looked for, in milliseconds. */
const interval = 60 * 60_000;

/** What of a service worker is used; a ServiceWorker is one. */
export interface Worker {
  readonly state: string;
  postMessage(order: Order): void;
  addEventListener(type: "statechange", listener: () => void): void;
}

/** A ServiceWorkerRegistration is one. */
export interface Registered {
  readonly waiting: Worker | null;
  readonly installing: Worker | null;
  update(): Promise<unknown>;
  addEventListener(type: "updatefound", listener: () => void): void;
}

/** What updates need of a browser. */
export interface UpdatesWorld {
  register: () => Promise<Registered>;
  /** The worker that serves this page, or null at the first visit. */
  controller: () => Worker | null;
  onController: (listener: () => void) => () => void;
  every: (ms: number, run: () => void) => () => void;
  reload: () => void;
}

export class Updates {
  readonly #world: UpdatesWorld;
  #waiting = $state.raw<Worker | null>(null);
  #changed = $state(false);
  #asked = false;

  constructor(world: UpdatesWorld) {
    this.#world = world;
  }

  /** Whether a newer version than this page is there. */
  get ready(): boolean {
    return this.#waiting !== null || this.#changed;
  }

  /** Registers the service worker and follows it until the returned function is called. */
  start(): () => void {
    let stopped = false;
    let controlled = this.#world.controller() !== null;
    const stops = [
      this.#world.onController(() => {
        if (this.#asked) this.#world.reload();
        // The first worker takes over a page that is as new as itself; a later one, in
        // which another window changed over, is newer than this page.
        else if (controlled) this.#changed = true;
        controlled = true;
      }),
    ];
    this.#world.controller()?.postMessage({ kind: "started" });
    this.#world.register().then(
      (registered) => {
        if (stopped) return;
        this.#follow(registered);
        // Without a network it is looked for the next time.
        const look = () => void registered.update().catch(() => undefined);
        look();
        stops.push(this.#world.every(interval, look));
      },
      // Without a service worker the app works, with a network.
      () => undefined,
    );
    return () => {
      stopped = true;
      for (const stop of stops) stop();
    };
  }

  /** Somebody asked for the new version: the page is loaded again with it. */
  apply(): void {
    this.#asked = true;
    if (this.#waiting) this.#waiting.postMessage({ kind: "activate" });
    else this.#world.reload();
  }

  #follow(registered: Registered): void {
    this.#take(registered.waiting);
    const watch = () => {
      const worker = registered.installing;
      worker?.addEventListener("statechange", () => {
        if (worker.state === "installed") this.#take(worker);
      });
    };
    watch();
    registered.addEventListener("updatefound", watch);
  }

  #take(worker: Worker | null): void {
    // The very first one waits for nobody: there is no older one.
    if (worker && this.#world.controller()) this.#waiting = worker;
  }
}
