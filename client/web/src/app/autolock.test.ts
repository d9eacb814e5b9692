import { expect, test, vi } from "vitest";
import { AutoLock, type IdleWorld } from "./autolock.svelte";

class Fake implements IdleWorld {
  at = 0;
  #active: (() => void) | null = null;
  #beat: (() => void) | null = null;
  now = () => this.at;
  onActivity = (listener: () => void) => {
    this.#active = listener;
    return () => (this.#active = null);
  };
  every = (_ms: number, run: () => void) => {
    this.#beat = run;
    return () => (this.#beat = null);
  };
  pass(minutes: number): void {
    this.at += minutes * 60_000;
    this.#beat?.();
  }
  act(): void {
    this.#active?.();
  }
}

const shelf = () => {
  const kept = new Map<string, string>();
  return { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value) };
};

test("a device locks itself when nobody has used it", () => {
  const auto = new AutoLock(shelf());
  auto.after = "5";
  const world = new Fake();
  const lock = vi.fn();
  auto.watch(world, lock);
  world.pass(4);
  world.act();
  world.pass(4);
  expect(lock).not.toHaveBeenCalled();
  world.pass(2);
  world.pass(2);
  expect(lock).toHaveBeenCalledTimes(1);
});

test("the hand that wakes a sleeping device does not put it off", () => {
  const auto = new AutoLock(shelf());
  auto.after = "5";
  const world = new Fake();
  const lock = vi.fn();
  auto.watch(world, lock);
  world.at += 3_600_000;
  world.act();
  expect(lock).toHaveBeenCalledTimes(1);
});

test("never is never, and the choice is kept", () => {
  const kept = shelf();
  const auto = new AutoLock(kept);
  expect(auto.after).toBe("0");
  const world = new Fake();
  const lock = vi.fn();
  auto.watch(world, lock);
  world.pass(10_000);
  expect(lock).not.toHaveBeenCalled();
  auto.after = "60";
  expect(new AutoLock(kept).after).toBe("60");
  kept.setItem("cenacle.autolock", "7");
  expect(new AutoLock(kept).after).toBe("0");
});
