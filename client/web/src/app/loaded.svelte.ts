// One answer of the engine that is read again whenever it is out of date. What was
// read stays on screen while it is read again, and when that fails.
import type { Change } from "../api/generated";
import { coalesce, refusalOf, type Api, type Refusal } from "./engine";

export type Status = "loading" | "ready" | "failed";

export class Answer<T> {
  #value = $state.raw<T>() as T;
  #status = $state<Status>("loading");
  #refusal = $state.raw<Refusal | null>(null);
  readonly #api: Api;
  readonly #stale: (change: Change) => boolean;
  /** Reads it; resolves when it was read, or could not be. */
  readonly refresh: () => Promise<void>;

  constructor(api: Api, empty: T, read: (api: Api) => Promise<T>, stale: (change: Change) => boolean) {
    this.#api = api;
    this.#value = empty;
    this.#stale = stale;
    this.refresh = coalesce(async () => {
      try {
        this.#value = await read(api);
        this.#status = "ready";
        this.#refusal = null;
      } catch (error) {
        this.#refusal = refusalOf(error);
        if (this.#status === "loading") this.#status = "failed";
      }
    });
  }

  /** Reads now and follows changes until the returned function is called; fits an $effect. */
  start(): () => void {
    void this.refresh();
    return this.#api.onChange((change) => {
      if (this.#stale(change)) void this.refresh();
    });
  }

  get value(): T {
    return this.#value;
  }

  /** failed only when there is nothing to show; the refusal tells of the last reading. */
  get status(): Status {
    return this.#status;
  }

  get refusal(): Refusal | null {
    return this.#refusal;
  }

  /** Shows what is expected to come, before it has come. */
  expect(value: T): void {
    this.#value = value;
  }

  /** Starts over, with a skeleton: after a failure. */
  async retry(): Promise<void> {
    this.#status = "loading";
    await this.refresh();
  }
}
