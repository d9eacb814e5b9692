// Where somebody may be: whoever is not signed in sees the doors, whoever has locked
// this device the lock, and both come back to where they wanted to be.
import { href } from "./paths";
import type { Places } from "./places";
import type { Gate } from "./session.svelte";

/** Where somebody is, as far as this has to know. */
export interface Whereabouts {
  name: string;
  /** The whole address: path and panel. */
  address: string;
}

/** Places of those who are not signed in, and places that are everybody's. */
const doors = new Set(["landing", "signup", "signin", "recover"]);
const everybodys = new Set(["invite", "legal", "notFound"]);

export class Doors {
  readonly #places: Places;
  /** Where to go on after signing in or unlocking. */
  #wanted: string | null = null;
  #before: Gate = "unknown";
  #opened = false;

  constructor(places: Places) {
    this.#places = places;
  }

  /** Remembers where to go on after signing in or unlocking. */
  want(address: string): void {
    this.#wanted = address;
  }

  /** Where to go instead of here, or null to stay. To be asked whenever one of the two changes. */
  redirect(gate: Gate, here: Whereabouts): string | null {
    const before = this.#before;
    this.#before = gate;
    switch (gate) {
      case "unknown":
        return null;
      case "open":
        return this.#inside(before, here);
      case "unlock":
      case "ended":
        return this.#outside(here);
      case "signIn":
        return this.#stranger(before, here);
    }
  }

  #inside(before: Gate, here: Whereabouts): string | null {
    // An account that is made here opens the session, and its kit is shown after that,
    // once: the page of the sign-up goes on by itself.
    if (here.name === "signup" || here.name === "recover") this.#opened ||= before !== "open" && before !== "unknown";
    else this.#opened = false;
    if (this.#opened || everybodys.has(here.name)) return null;
    if (!doors.has(here.name) && here.name !== "lock") {
      this.#wanted = null;
      this.#places.visit(here.address);
      return null;
    }
    const wanted = this.#wanted ?? this.#places.last ?? href("home");
    this.#wanted = null;
    return wanted;
  }

  #outside(here: Whereabouts): string | null {
    this.#opened = false;
    if (here.name === "lock" || here.name === "invite" || here.name === "legal") return null;
    if (!doors.has(here.name) && here.name !== "notFound") this.#wanted = here.address;
    return href("lock");
  }

  #stranger(before: Gate, here: Whereabouts): string | null {
    this.#opened = false;
    // What somebody else has left here is nobody's business.
    this.#places.forget();
    if (before !== "unknown" && before !== "signIn") this.#wanted = null;
    if (doors.has(here.name) || everybodys.has(here.name)) return null;
    if (before === "unknown" && here.name !== "lock") this.#wanted = here.address;
    return href("landing");
  }
}
