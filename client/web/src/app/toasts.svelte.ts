// Short confirmations at the edge, with the way back where there is one. Errors that
// need an answer stand where they happened, not here.
import { untrack } from "svelte";

export interface Toast {
  text: string;
  undo?: (() => void) | undefined;
}

export interface ShownToast extends Toast {
  id: number;
}

/** How long a toast stays, in milliseconds; longer when it offers an undo. */
const plainTime = 5000;
const undoTime = 10_000;

/** How many are shown at once; the oldest makes room. */
const most = 3;

export class Toasts {
  #shown = $state.raw<readonly ShownToast[]>([]);
  #next = 1;
  // Nothing is drawn from it.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  #left = new Map<number, { ms: number; since: number; timer: ReturnType<typeof setTimeout> | undefined }>();

  get shown(): readonly ShownToast[] {
    return this.#shown;
  }

  show(toast: Toast): void {
    const id = this.#next++;
    const shown = [...untrack(() => this.#shown), { ...toast, id }];
    this.#shown = shown;
    for (const old of shown.slice(0, -most)) this.dismiss(old.id);
    this.#left.set(id, { ms: toast.undo ? undoTime : plainTime, since: 0, timer: undefined });
    this.#run(id);
  }

  dismiss(id: number): void {
    clearTimeout(this.#left.get(id)?.timer);
    this.#left.delete(id);
    this.#shown = untrack(() => this.#shown).filter((toast) => toast.id !== id);
  }

  undo(toast: ShownToast): void {
    this.dismiss(toast.id);
    toast.undo?.();
  }

  /** While the pointer or the focus is on them, none goes away. */
  pause(): void {
    for (const left of this.#left.values()) {
      if (left.timer === undefined) continue;
      clearTimeout(left.timer);
      left.timer = undefined;
      left.ms -= Date.now() - left.since;
    }
  }

  resume(): void {
    for (const id of this.#left.keys()) this.#run(id);
  }

  #run(id: number): void {
    const left = this.#left.get(id);
    if (!left || left.timer !== undefined) return;
    left.since = Date.now();
    left.timer = setTimeout(() => this.dismiss(id), Math.max(left.ms, 1000));
  }
}
