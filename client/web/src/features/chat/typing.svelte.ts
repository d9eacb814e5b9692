// Who is writing, and telling that one writes.
/* eslint-disable svelte/prefer-svelte-reactivity -- state is replaced as a whole; what is no state draws nothing */
import { untrack } from "svelte";
import type { Change, StreamID, UserID, WorkspaceID } from "../../api/generated";
import type { Api } from "./api";

/** How long a sign of writing counts, how often it is given, and when it ends, in milliseconds. */
export const typingLife = 8000;
export const typingEvery = 4000;
export const typingRest = 5000;

/** The others who write in a channel. */
export class Typists {
  readonly #api: Api;
  readonly #at: { workspace: WorkspaceID; channel: StreamID };
  #users = $state.raw<readonly UserID[]>([]);
  readonly #timers = new Map<UserID, ReturnType<typeof setTimeout>>();

  constructor(api: Api, at: { workspace: WorkspaceID; channel: StreamID }) {
    this.#api = api;
    this.#at = at;
  }

  /** In the order in which they began. */
  get users(): readonly UserID[] {
    return this.#users;
  }

  start(): () => void {
    const stop = this.#api.onChange((change) => this.#onChange(change));
    return () => {
      stop();
      for (const user of [...this.#timers.keys()]) this.stopped(user);
    };
  }

  #onChange(change: Change): void {
    if (change.kind !== "typing" || change.user === null || change.channel !== this.#at.channel || change.workspace !== this.#at.workspace) return;
    const { user } = change;
    if (!change.typing) {
      this.stopped(user);
      return;
    }
    clearTimeout(this.#timers.get(user));
    this.#timers.set(
      user,
      setTimeout(() => this.stopped(user), typingLife),
    );
    const users = untrack(() => this.#users);
    if (!users.includes(user)) this.#users = [...users, user];
  }

  /** Somebody has stopped: the message is there. */
  stopped(user: UserID): void {
    clearTimeout(this.#timers.get(user));
    this.#timers.delete(user);
    this.#users = untrack(() => this.#users).filter((one) => one !== user);
  }
}

/** Tells the others that the user writes, not more often than needed. */
export class TypingSender {
  readonly #api: Api;
  readonly #at: { workspace: WorkspaceID; channel: StreamID };
  #told = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(api: Api, at: { workspace: WorkspaceID; channel: StreamID }) {
    this.#api = api;
    this.#at = at;
  }

  /** A key was pressed. */
  pressed(now = Date.now()): void {
    if (now - this.#told >= typingEvery) {
      this.#told = now;
      this.#tell(true);
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.stop(), typingRest);
  }

  /** Sent, emptied or left. */
  stop(): void {
    clearTimeout(this.#timer);
    if (this.#told === Number.NEGATIVE_INFINITY) return;
    this.#told = Number.NEGATIVE_INFINITY;
    this.#tell(false);
  }

  #tell(typing: boolean): void {
    this.#api.call("channels.typing", { ...this.#at, typing }).catch(() => undefined);
  }
}
