// Locking this device when nobody has used it for a while: a choice of this device, kept
// on it in the clear like its theme. All tabs count as one.
import type { Shelf } from "./appearance.svelte";

/** What can be chosen, in minutes; 0 for never. */
export const lockChoices = ["0", "5", "15", "60"] as const;
export type LockChoice = (typeof lockChoices)[number];

const key = "cenacle.autolock";

/** How often it is looked at, in milliseconds. */
const beat = 10_000;

/** What it needs of the page. */
export interface IdleWorld {
  now: () => number;
  /** Calls back when somebody does something, here or in another tab. */
  onActivity: (listener: () => void) => () => void;
  every: (ms: number, run: () => void) => () => void;
}

export class AutoLock {
  readonly #shelf: Shelf;
  #after = $state<LockChoice>("0");

  constructor(shelf: Shelf) {
    this.#shelf = shelf;
    try {
      this.#after = lockChoices.find((choice) => choice === shelf.getItem(key)) ?? "0";
    } catch {
      // Storage is forbidden: it is never, as where nothing was chosen.
    }
  }

  get after(): LockChoice {
    return this.#after;
  }

  set after(choice: LockChoice) {
    this.#after = choice;
    try {
      this.#shelf.setItem(key, choice);
    } catch {
      // The choice lasts as long as the page.
    }
  }

  /**
   * Calls lock once nobody has done anything for the chosen time; a laptop that slept is
   * locked when it wakes. Stops when the returned function is called; fits an $effect.
   */
  watch(world: IdleWorld, lock: () => void): () => void {
    const limit = Number(this.#after) * 60_000;
    if (limit === 0) return () => undefined;
    let active = world.now();
    let locked = false;
    const look = () => {
      if (locked || world.now() - active < limit) return;
      locked = true;
      lock();
    };
    const stops = [
      world.onActivity(() => {
        // What is due is not put off by the hand that wakes the screen.
        look();
        if (!locked) active = world.now();
      }),
      world.every(beat, look),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }
}

/** The page itself, with the other tabs of this device. */
export function pageIdle(): IdleWorld {
  return {
    now: () => Date.now(),
    onActivity: (listener) => {
      const channel = new BroadcastChannel("cenacle.activity");
      let told = 0;
      const here = () => {
        listener();
        if (Date.now() - told < 1000) return;
        told = Date.now();
        channel.postMessage("active");
      };
      const types = ["keydown", "pointerdown", "pointermove", "wheel", "touchstart"] as const;
      for (const type of types) window.addEventListener(type, here, { passive: true });
      channel.addEventListener("message", listener);
      return () => {
        for (const type of types) window.removeEventListener(type, here);
        channel.close();
      };
    },
    every: (ms, run) => {
      const timer = setInterval(run, ms);
      return () => clearInterval(timer);
    },
  };
}
