import { beforeEach, expect, test } from "vitest";
import type { Order } from "../../lib/service-worker";
import { Updates, type Registered, type UpdatesWorld, type Worker } from "./updates.svelte";

class FakeWorker implements Worker {
  state = "installing";
  readonly told: Order[] = [];
  #listener: () => void = () => undefined;
  postMessage(order: Order) {
    this.told.push(order);
  }
  addEventListener(_: "statechange", listener: () => void) {
    this.#listener = listener;
  }
  become(state: string) {
    this.state = state;
    this.#listener();
  }
}

let controller: FakeWorker | null;
let changed: () => void;
let found: () => void;
let registered: { waiting: FakeWorker | null; installing: FakeWorker | null };
let reloads: number;
let updates: Updates;

async function start() {
  const world: UpdatesWorld = {
    register: () => Promise.resolve(registration),
    controller: () => controller,
    onController: (listener) => {
      changed = listener;
      return () => undefined;
    },
    every: () => () => undefined,
    reload: () => reloads++,
  };
  updates = new Updates(world);
  updates.start();
  await Promise.resolve();
}

const registration: Registered = {
  get waiting() {
    return registered.waiting;
  },
  get installing() {
    return registered.installing;
  },
  update: () => Promise.resolve(),
  addEventListener: (_, listener) => (found = listener),
};

beforeEach(() => {
  controller = null;
  registered = { waiting: null, installing: null };
  reloads = 0;
});

test("the first installation is no news", async () => {
  registered.installing = new FakeWorker();
  await start();
  registered.installing.become("installed");
  changed();
  expect([updates.ready, reloads]).toEqual([false, 0]);
});

test("a new version waits until somebody asks, and is then loaded", async () => {
  controller = new FakeWorker();
  await start();
  expect(controller.told).toEqual([{ kind: "started" }]);
  const next = new FakeWorker();
  registered.installing = next;
  found();
  expect(updates.ready).toBe(false);
  next.become("installed");
  expect([updates.ready, reloads, next.told]).toEqual([true, 0, []]);
  updates.apply();
  expect([next.told, reloads]).toEqual([[{ kind: "activate" }], 0]);
  changed();
  expect(reloads).toBe(1);
});

test("one that waited since an earlier visit is offered", async () => {
  controller = new FakeWorker();
  registered.waiting = new FakeWorker();
  await start();
  expect(updates.ready).toBe(true);
});

test("when another window has changed over, this one only says so", async () => {
  controller = new FakeWorker();
  await start();
  changed();
  expect([updates.ready, reloads]).toEqual([true, 0]);
  updates.apply();
  expect(reloads).toBe(1);
});
