// Tells the others whether somebody is here: online while a page is seen and used,
// away otherwise. Several tabs of one person agree among themselves: a tab in the
// background does not call away whoever works in another one.
import type { Api } from "./engine";

/** After how long without a key or a pointer somebody is away; how often that is looked at; how often it is said again. Milliseconds. */
const idle = 5 * 60_000;
const beat = 30_000;
const again = 2 * 60_000;

/** What presence needs of the page. */
export interface PresenceWorld {
  now: () => number;
  visible: () => boolean;
  /** Calls back when somebody does something, or the page comes into sight. */
  onActivity: (listener: () => void) => () => void;
  every: (ms: number, run: () => void) => () => void;
  /** Other tabs of this person. */
  tabs: { tell: () => void; onTold: (listener: () => void) => () => void };
}

/** Starts telling, until the returned function is called. */
export function tellPresence(api: Api, world: PresenceWorld): () => void {
  let active = world.now();
  let heard = Number.NEGATIVE_INFINITY;
  let told: { presence: "online" | "away"; at: number } | null = null;

  const tell = (presence: "online" | "away") => {
    const now = world.now();
    if (told?.presence === presence && now - told.at < again) return;
    told = { presence, at: now };
    // Without a connection it is lost, and said again with the next beat.
    api.call("people.presence", { presence }).catch(() => (told = null));
  };
  const look = () => {
    const now = world.now();
    if (world.visible() && now - active < idle) {
      world.tabs.tell();
      tell("online");
    } else if (now - heard > 2 * beat) tell("away");
    else told = null;
  };

  const stops = [
    world.onActivity(() => {
      const was = active;
      active = world.now();
      if (told?.presence !== "online" || active - was > beat) look();
    }),
    world.tabs.onTold(() => (heard = world.now())),
    world.every(beat, look),
  ];
  look();
  return () => {
    for (const stop of stops) stop();
  };
}

/** The page itself. */
export function pagePresence(): PresenceWorld {
  const channel = new BroadcastChannel("cenacle.presence");
  const listen = (target: EventTarget, types: readonly string[], listener: () => void) => {
    for (const type of types) target.addEventListener(type, listener, { passive: true });
    return () => {
      for (const type of types) target.removeEventListener(type, listener);
    };
  };
  return {
    now: () => Date.now(),
    visible: () => document.visibilityState === "visible",
    onActivity: (listener) => {
      const seen = () => {
        if (document.visibilityState === "visible") listener();
      };
      const stops = [listen(window, ["keydown", "pointerdown", "pointermove", "wheel", "touchstart", "focus"], listener), listen(document, ["visibilitychange"], seen)];
      return () => {
        for (const stop of stops) stop();
      };
    },
    every: (ms, run) => {
      const timer = setInterval(run, ms);
      return () => clearInterval(timer);
    },
    tabs: {
      tell: () => channel.postMessage("here"),
      onTold: (listener) => {
        channel.addEventListener("message", listener);
        return () => {
          channel.removeEventListener("message", listener);
          channel.close();
        };
      },
    },
  };
}
