import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import type { EngineEvents } from "./engine";
import { interrupted, Tabs, type Outcome, type TabMessage } from "./tabs";

/** What an engine was asked, parsed. */
interface Asked {
  id?: number;
  method?: string;
  cancel?: number;
}

/** An engine that answers when the test says so. */
class FakeEngine {
  readonly got: Asked[] = [];
  stopped = false;

  constructor(
    readonly events: EngineEvents,
    readonly stolen: boolean,
  ) {}

  ready(): void {
    this.events.message({ ready: true });
  }

  asked(method: string): Asked[] {
    return this.got.filter((one) => one.method === method);
  }

  answer(method: string, outcome: Outcome = { answer: {} }): void {
    for (const { id } of this.asked(method)) this.events.message({ id, ...outcome });
  }
}

/** Some tabs of one browser: a lock with a queue, a channel, timers that the test runs. */
class Browser {
  readonly engines: FakeEngine[] = [];
  readonly tabs: { tab: Tabs; alive: boolean; frozen: boolean; lost?: AbortController; done?: () => void }[] = [];
  #queue: (() => void)[] = [];
  #holder: { release(): void; lost: AbortController } | null = null;
  #timers: { run: () => void; ms: number }[] = [];
  #names = 0;

  open(ephemeral = true): Tabs {
    const here: Browser["tabs"][number] = { tab: undefined as unknown as Tabs, alive: true, frozen: false };
    here.tab = new Tabs({
      name: () => `n${++this.#names}`,
      post: (message: TabMessage) => {
        if (!here.alive || here.frozen) return;
        for (const other of this.tabs) if (other !== here && other.alive && !other.frozen) other.tab.receive(structuredClone(message));
      },
      lock: (steal, lead) =>
        new Promise((resolve) => {
          const run = () => {
            if (!here.alive) {
              this.#next();
              return;
            }
            const lost = (here.lost = new AbortController());
            this.#holder = { release: () => resolve(), lost };
            void lead(lost.signal);
          };
          if (steal) {
            const robbed = this.#holder;
            run();
            robbed?.lost.abort();
            robbed?.release();
          } else if (this.#holder) this.#queue.push(run);
          else run();
        }),
      start: (events, steal) => {
        const engine = new FakeEngine(events, steal);
        this.engines.push(engine);
        return { send: (message) => engine.got.push(JSON.parse(message) as Asked), stop: () => (engine.stopped = true) };
      },
      ephemeral,
      after: (ms, run) => {
        const timer = { ms, run };
        this.#timers.push(timer);
        return () => (this.#timers = this.#timers.filter((one) => one !== timer));
      },
    });
    this.tabs.push(here);
    here.tab.join();
    return here.tab;
  }

  #next(): void {
    this.#holder = null;
    this.#queue.shift()?.();
  }

  /** Closes a tab: its engine dies with it. */
  close(index: number): void {
    const here = this.tabs[index];
    if (!here) throw new Error("no such tab");
    here.alive = false;
    if (here.lost && this.#holder?.lost === here.lost) this.#next();
  }

  /** Lets the timers that run now come due. */
  due(): void {
    for (const { run } of this.#timers.splice(0)) run();
  }

  get engine(): FakeEngine {
    const last = this.engines.at(-1);
    if (!last) throw new Error("no engine");
    return last;
  }
}

let browser: Browser;
beforeEach(() => (browser = new Browser()));

function call(tab: Tabs, method: string, params: unknown = {}): { outcomes: Outcome[]; cancel: () => void } {
  const outcomes: Outcome[] = [];
  return { outcomes, cancel: tab.call(method, params, (outcome) => outcomes.push(outcome)) };
}

test("calls wait for the engine and are answered to whoever asked", async () => {
  const first = browser.open();
  const second = browser.open();
  const a = call(first, "session.state");
  const b = call(second, "workspaces.list");
  expect(browser.engines).toHaveLength(1);
  expect(browser.engine.got).toEqual([]);
  browser.engine.ready();
  await Promise.all([first.ready(), second.ready()]);
  browser.engine.answer("session.state", { answer: 1 });
  browser.engine.answer("workspaces.list", { answer: 2 });
  expect(a.outcomes).toEqual([{ answer: 1 }]);
  expect(b.outcomes.map((one) => one.answer)).toEqual([2]);
});

test("a tab that comes later finds the leader", async () => {
  browser.open();
  browser.engine.ready();
  const late = browser.open();
  await late.ready();
  const c = call(late, "session.state");
  browser.engine.answer("session.state");
  expect(c.outcomes).toHaveLength(1);
  expect(browser.engines).toHaveLength(1);
});

test("changes reach every tab", () => {
  const seen: string[] = [];
  browser.open().onChange((changes) => changes.forEach((one) => seen.push(`1 ${one.kind}`)));
  const stop = browser.open().onChange((changes) => changes.forEach((one) => seen.push(`2 ${one.kind}`)));
  browser.engine.ready();
  browser.engine.events.message({ changes: [{ kind: "messages" }] });
  stop();
  browser.engine.events.message({ changes: [{ kind: "people" }] });
  expect(seen.sort()).toEqual(["1 messages", "1 people", "2 messages"]);
});

test("when the leader closes, reads are made again and a post never is", () => {
  browser.open();
  const second = browser.open();
  browser.engine.ready();
  const seen: string[] = [];
  second.onChange((changes) => changes.forEach((one) => seen.push(one.kind)));
  const read = call(second, "messages.window");
  const post = call(second, "messages.post", { text: "once" });
  browser.close(0);
  expect(browser.engines).toHaveLength(2);
  expect(post.outcomes).toEqual([{ failure: interrupted }]);
  expect(read.outcomes).toEqual([]);
  browser.engine.ready();
  browser.engine.answer("messages.window");
  expect(read.outcomes).toHaveLength(1);
  expect(browser.engine.asked("messages.post")).toEqual([]);
  expect(browser.engines.flatMap((one) => one.asked("messages.post"))).toHaveLength(1);
  // What was posted may be there: the page reads everything again.
  expect(seen).toEqual(["all"]);
});

test("a post that was answered before the leader closed is not reported again", () => {
  browser.open();
  const second = browser.open();
  browser.engine.ready();
  const post = call(second, "messages.post");
  browser.engine.answer("messages.post");
  browser.close(0);
  expect(post.outcomes).toHaveLength(1);
  expect(post.outcomes[0]?.failure).toBeUndefined();
});

test("a call that waits while nobody leads is sent once, to the next engine", () => {
  browser.open();
  const second = browser.open();
  browser.close(0);
  const post = call(second, "messages.post");
  browser.engine.ready();
  browser.engine.answer("messages.post");
  expect(post.outcomes).toHaveLength(1);
  expect(browser.engine.asked("messages.post")).toHaveLength(1);
});

test("an engine that dies is followed by another, after a pause", () => {
  const tab = browser.open();
  browser.engine.ready();
  const read = call(tab, "session.state");
  const post = call(tab, "messages.post");
  browser.engine.events.ended(false);
  expect(browser.engines).toHaveLength(1);
  browser.due();
  expect(browser.engines).toHaveLength(2);
  browser.engine.ready();
  browser.engine.answer("session.state");
  expect(read.outcomes).toHaveLength(1);
  expect(post.outcomes).toEqual([{ failure: interrupted }]);
});

test("a call that engines die of is given up", () => {
  const tab = browser.open();
  const read = call(tab, "messages.window");
  for (let i = 0; i < 5; i++) {
    browser.engine.ready();
    browser.engine.events.ended(false);
    browser.due();
  }
  expect(browser.engines.flatMap((one) => one.asked("messages.window"))).toHaveLength(3);
  expect(read.outcomes).toEqual([{ failure: interrupted }]);
});

test("locking ends the engine before anybody is told, and starts another", () => {
  const tab = browser.open();
  browser.engine.ready();
  const engine = browser.engine;
  let stopped = false;
  tab.call("session.lock", {}, () => (stopped = engine.stopped));
  const other = call(tab, "messages.window");
  engine.answer("session.lock");
  expect(stopped).toBe(true);
  expect(browser.engines).toHaveLength(2);
  browser.engine.ready();
  browser.engine.answer("messages.window", { failure: { ...interrupted, code: "unauthenticated" } });
  expect(other.outcomes[0]?.failure?.code).toBe("unauthenticated");
});

test("locking that fails keeps the engine, and so does the program of cenacle open", () => {
  const tab = browser.open();
  browser.engine.ready();
  call(tab, "session.lock");
  browser.engine.answer("session.lock", { failure: interrupted });
  expect(browser.engines).toHaveLength(1);
  const native = new Browser();
  const page = native.open(false);
  native.engine.ready();
  call(page, "session.lock");
  native.engine.answer("session.lock");
  expect(native.engines).toHaveLength(1);
  expect(native.engine.stopped).toBe(false);
});

test("a leader that sleeps is robbed, and ends its engine when it wakes", async () => {
  browser.open();
  const second = browser.open();
  browser.engine.ready();
  const asleep = browser.tabs[0];
  if (!asleep) throw new Error("no tab");
  asleep.frozen = true;
  const read = call(second, "messages.window");
  browser.due(); // asks whether it lives
  browser.due(); // takes its place
  expect(browser.engines).toHaveLength(2);
  expect(browser.engine.stolen).toBe(true);
  browser.engine.ready();
  browser.engine.answer("messages.window");
  expect(read.outcomes).toHaveLength(1);
  await Promise.resolve();
  await Promise.resolve();
  expect(browser.engines[0]?.stopped).toBe(true);
});

test("a leader that only takes long is left alone", () => {
  browser.open();
  const second = browser.open();
  browser.engine.ready();
  call(second, "session.signUp");
  for (let i = 0; i < 10; i++) browser.due();
  expect(browser.engines).toHaveLength(1);
});

test("a call can be taken back from any tab", () => {
  browser.open();
  const second = browser.open();
  const early = call(second, "search.messages");
  early.cancel();
  expect(early.outcomes).toHaveLength(1);
  browser.engine.ready();
  expect(browser.engine.got).toEqual([]);
  const late = call(second, "search.messages");
  late.cancel();
  const { id } = browser.engine.asked("search.messages")[0] ?? {};
  expect(browser.engine.got.at(-1)).toEqual({ cancel: id });
});

test("a page that is refused says so to every call, in every tab", async () => {
  const first = browser.open(false);
  const second = browser.open(false);
  const early = call(second, "session.state");
  browser.engine.events.ended(true);
  await first.ready();
  expect(early.outcomes[0]?.failure?.code).toBe("unauthenticated");
  expect(call(first, "session.state").outcomes[0]?.failure?.code).toBe("unauthenticated");
  browser.due();
  expect(browser.engines).toHaveLength(1);
});

test("the failure that is made here says what the engine's would", () => {
  const rows = JSON.parse(readFileSync(join(import.meta.dirname, "../../../../schema/errors.json"), "utf8")) as { code: string; en: string; fr: string }[];
  const row = rows.find((one) => one.code === interrupted.code);
  expect(interrupted.message).toEqual({ en: row?.en, fr: row?.fr });
});
