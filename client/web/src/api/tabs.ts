// One engine for all tabs. The tab that holds the lock leads: it runs the engine and
// serves the others over a channel. When it closes, the next in line takes over.
//
// A call is sent once to one engine ("epoch"). If that engine ends before it answered,
// a call that may be repeated is sent to the next one; any other is rejected as
// interrupted, because nobody can know whether it was carried out: a message that had
// reached the outbox is sent by the next engine, and is there when the page reads
// again, which { kind: "all" } asks for. So nothing is ever posted twice.
import type { Change, Failure } from "./generated";
import { mayRepeat, endsEngine } from "./repeatable";
import type { Engine, StartEngine } from "./engine";

/** What tabs say to each other. */
export type TabMessage =
  | { kind: "who" }
  | { kind: "leader"; epoch: string; ready: boolean }
  | { kind: "call"; epoch: string; tab: string; id: number; method: string; params: unknown }
  | { kind: "cancel"; epoch: string; tab: string; id: number }
  | { kind: "answer"; tab: string; id: number; answer?: unknown; failure?: Failure }
  | { kind: "changes"; epoch: string; changes: Change[] }
  | { kind: "refused" };

/** What this needs of a browser. */
export interface World {
  /** A name that no other tab and no other engine has, each time another. */
  name(): string;
  post(message: TabMessage): void;
  /** Runs lead while this tab holds the lock; its signal tells that it was robbed. */
  lock(steal: boolean, lead: (lost: AbortSignal) => Promise<void>): Promise<void>;
  start: StartEngine;
  /** Whether locking must end the engine, so that its memory goes. */
  ephemeral: boolean;
  after(ms: number, run: () => void): () => void;
}

export interface Outcome {
  answer?: unknown;
  failure?: Failure;
}

interface Pending {
  method: string;
  params: unknown;
  /** The engine that it was sent to. */
  sent: string | null;
  /** How many engines have had it. */
  tries: number;
  settle(outcome: Outcome): void;
}

/** Patience with a leader that says nothing, and pauses between engines that fail; milliseconds. */
const silence = 5000;
const firstPause = 250;
const longestPause = 15_000;
/** How many engines a call may be sent to: it might be what they die of. */
const mostTries = 3;

const allChanged: Change = { kind: "all", workspace: null, channel: null, user: null, typing: false, presence: "", notify: "" };

export class Tabs {
  readonly #world: World;
  readonly #tab: string;
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Set<(changes: Change[]) => void>();
  #last = 0;
  #epoch: string | null = null;
  /** The last engine that was ready. */
  #served: string | null = null;
  #ready = false;
  #waiting: (() => void)[] = [];
  #leading: Leading | null = null;
  #cancelWatch: (() => void) | null = null;
  #asked = false;
  #refused = false;

  constructor(world: World) {
    this.#world = world;
    this.#tab = world.name();
  }

  /** Takes part: leads at once where nobody does. */
  join(): void {
    this.#world.post({ kind: "who" });
    this.#queue(false);
  }

  ready(): Promise<void> {
    return this.#ready || this.#refused ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve));
  }

  onChange(listener: (changes: Change[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Makes a call; the returned function takes it back, as far as that is possible. */
  call(method: string, params: unknown, settle: (outcome: Outcome) => void): () => void {
    const id = ++this.#last;
    this.#pending.set(id, { method, params, sent: null, tries: 0, settle });
    this.#flush();
    return () => {
      const p = this.#pending.get(id);
      if (!p) return;
      if (p.sent === null) this.#settle(id, { failure: interrupted });
      else if (this.#leading) this.#leading.cancel(this.#tab, id);
      else this.#world.post({ kind: "cancel", epoch: p.sent, tab: this.#tab, id });
    };
  }

  /** Takes a message of another tab. */
  receive(message: TabMessage): void {
    switch (message.kind) {
      case "who":
        this.#leading?.announce();
        break;
      case "leader":
        if (!this.#leading) this.#follow(message.epoch, message.ready);
        break;
      case "call":
        if (message.epoch === this.#leading?.epoch) this.#leading.call(message.tab, message.id, message.method, message.params);
        break;
      case "cancel":
        if (message.epoch === this.#leading?.epoch) this.#leading.cancel(message.tab, message.id);
        break;
      case "answer":
        this.#heard();
        if (message.tab === this.#tab) this.#settle(message.id, message);
        break;
      case "refused":
        this.#refuse();
        break;
      case "changes":
        this.#heard();
        if (message.epoch === this.#epoch) this.#tell(message.changes);
        break;
    }
  }

  #queue(steal: boolean): void {
    void this.#world
      .lock(steal, async (lost) => {
        this.#heard();
        const leading = new Leading(this.#world, this.#tab, steal, {
          epoch: (epoch, ready) => this.#follow(epoch, ready),
          answer: (id, outcome) => this.#settle(id, outcome),
          changes: (changes) => this.#tell(changes),
          refused: () => this.#refuse(),
        });
        this.#leading = leading;
        leading.begin();
        await new Promise<void>((resolve) => lost.addEventListener("abort", () => resolve(), { once: true }));
        // Taken for dead, and robbed: whatever waits here goes to the new leader.
        leading.stop();
        this.#leading = null;
        this.#world.post({ kind: "who" });
      })
      .then(() => this.#queue(false));
  }

  /** Goes over to an engine: what the last one did not answer is sent again or given up. */
  #follow(epoch: string, ready: boolean): void {
    this.#heard();
    const changed = epoch !== this.#epoch;
    this.#epoch = epoch;
    this.#ready = ready;
    if (changed) {
      for (const [id, p] of [...this.#pending]) {
        if (p.sent === null) continue;
        if (mayRepeat(p.method) && p.tries < mostTries) p.sent = null;
        else this.#settle(id, { failure: interrupted });
      }
    }
    if (!ready) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
    this.#flush();
    if (this.#served !== null && this.#served !== epoch) this.#tell([allChanged]);
    this.#served = epoch;
  }

  /** No engine will ever answer this page: every call says so. */
  #refuse(): void {
    this.#refused = true;
    for (const id of [...this.#pending.keys()]) this.#settle(id, { failure: closed });
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #flush(): void {
    if (this.#refused) this.#refuse();
    if (!this.#ready || this.#epoch === null) return;
    for (const [id, p] of [...this.#pending]) {
      if (p.sent !== null) continue;
      p.sent = this.#epoch;
      p.tries++;
      if (this.#leading) this.#leading.call(this.#tab, id, p.method, p.params);
      else this.#world.post({ kind: "call", epoch: this.#epoch, tab: this.#tab, id, method: p.method, params: p.params });
    }
    this.#watch();
  }

  #settle(id: number, outcome: Outcome): void {
    const p = this.#pending.get(id);
    if (!p) return;
    this.#pending.delete(id);
    p.settle(outcome);
  }

  #tell(changes: Change[]): void {
    for (const listener of [...this.#listeners]) listener(changes);
  }

  /** The leader lives. */
  #heard(): void {
    this.#asked = false;
    this.#cancelWatch?.();
    this.#cancelWatch = null;
    if (!this.#leading && this.#pending.size > 0) this.#watch();
  }

  /** Asks a leader that says nothing while calls wait, and takes its place when it does not answer. */
  #watch(): void {
    if (this.#leading || this.#cancelWatch || this.#pending.size === 0) return;
    this.#cancelWatch = this.#world.after(silence, () => {
      this.#cancelWatch = null;
      if (this.#leading || this.#pending.size === 0) return;
      if (this.#asked) {
        this.#asked = false;
        this.#queue(true);
        return;
      }
      this.#asked = true;
      this.#world.post({ kind: "who" });
      this.#watch();
    });
  }
}

interface Own {
  epoch(epoch: string, ready: boolean): void;
  answer(id: number, outcome: Outcome): void;
  changes(changes: Change[]): void;
  refused(): void;
}

interface Asked {
  tab: string;
  id: number;
  method: string;
}

/** What the leading tab does: it runs the engine and hands calls and answers around. */
class Leading {
  epoch = "";
  readonly #world: World;
  readonly #tab: string;
  readonly #own: Own;
  readonly #asked = new Map<number, Asked>();
  #steal: boolean;
  #engine: Engine | null = null;
  #ready = false;
  #last = 0;
  #pause = firstPause;
  #stopped = false;
  #cancelPause: (() => void) | null = null;

  constructor(world: World, tab: string, steal: boolean, own: Own) {
    this.#world = world;
    this.#tab = tab;
    this.#steal = steal;
    this.#own = own;
  }

  /** Starts an engine, the first or the next. */
  begin(): void {
    this.epoch = this.#world.name();
    this.#ready = false;
    this.#asked.clear();
    const engine = this.#world.start(
      {
        message: (message) => {
          if (this.#engine === engine) this.#message(message);
        },
        ended: (refused) => {
          if (this.#engine === engine) this.#ended(refused);
        },
      },
      this.#steal,
    );
    this.#steal = false;
    this.#engine = engine;
    this.announce();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelPause?.();
    this.#engine?.stop();
    this.#engine = null;
  }

  announce(): void {
    this.#world.post({ kind: "leader", epoch: this.epoch, ready: this.#ready });
    this.#own.epoch(this.epoch, this.#ready);
  }

  call(tab: string, id: number, method: string, params: unknown): void {
    const mine = ++this.#last;
    this.#asked.set(mine, { tab, id, method });
    this.#engine?.send(JSON.stringify({ id: mine, method, params }));
  }

  cancel(tab: string, id: number): void {
    for (const [mine, asked] of this.#asked) {
      if (asked.tab === tab && asked.id === id) this.#engine?.send(JSON.stringify({ cancel: mine }));
    }
  }

  #message(message: unknown): void {
    if (typeof message !== "object" || message === null) return;
    if ("ready" in message) {
      this.#ready = true;
      this.announce();
    } else if ("changes" in message) {
      const changes = message.changes as Change[];
      this.#world.post({ kind: "changes", epoch: this.epoch, changes });
      this.#own.changes(changes);
    } else if ("id" in message) {
      this.#answered(message as Outcome & { id: number });
    }
  }

  #answered({ id, answer, failure }: Outcome & { id: number }): void {
    const asked = this.#asked.get(id);
    if (!asked) return;
    this.#asked.delete(id);
    this.#pause = firstPause;
    const outcome: Outcome = failure ? { failure } : { answer };
    const over = this.#world.ephemeral && !failure && endsEngine(asked.method);
    if (over) {
      // Its memory goes before anybody is told that this device is locked.
      this.#engine?.stop();
      this.#engine = null;
    }
    if (asked.tab === this.#tab) this.#own.answer(asked.id, outcome);
    else this.#world.post({ kind: "answer", tab: asked.tab, id: asked.id, ...outcome });
    if (over) this.begin();
  }

  #ended(refused: boolean): void {
    this.#engine?.stop();
    this.#engine = null;
    this.#ready = false;
    this.announce();
    if (this.#stopped) return;
    if (refused) {
      this.#world.post({ kind: "refused" });
      this.#own.refused();
      return;
    }
    this.#cancelPause = this.#world.after(this.#pause, () => {
      this.#cancelPause = null;
      if (!this.#stopped) this.begin();
    });
    this.#pause = Math.min(2 * this.#pause, longestPause);
  }
}

/** As client/api writes it: schema/errors.json holds the sentences, and a test compares. */
export const interrupted: Failure = {
  code: "interrupted",
  message: {
    en: "This was interrupted, and it is not known whether it was done. Look before you try again.",
    fr: "L’opération a été interrompue et l’on ignore si elle a eu lieu. Vérifiez avant de recommencer.",
  },
  detail: "",
  retryAfter: 0,
  misbehaved: false,
};

/** For a page that the program on this machine does not know any more. */
const closed: Failure = {
  code: "unauthenticated",
  message: {
    en: "This page is not connected to the program any more. Run cenacle open again.",
    fr: "Cette page n’est plus reliée au programme. Relancez cenacle open.",
  },
  detail: "",
  retryAfter: 0,
  misbehaved: false,
};
