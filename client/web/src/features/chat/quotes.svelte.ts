// The messages that others answer to: from what is loaded, else read one by one.
/* eslint-disable svelte/prefer-svelte-reactivity -- state is replaced as a whole; what is no state draws nothing */
import type { EventID, Message, StreamID, WorkspaceID } from "../../api/generated";
import type { Api } from "./api";

/** How many are kept. */
const most = 200;

export class Quotes {
  readonly #api: Api;
  readonly #at: { workspace: WorkspaceID; channel: StreamID };
  #known = $state.raw<ReadonlyMap<EventID, Message | null>>(new Map());
  readonly #asked = new Set<EventID>();

  constructor(api: Api, at: { workspace: WorkspaceID; channel: StreamID }) {
    this.#api = api;
    this.#at = at;
  }

  /** The message; undefined while it is on its way, null when it cannot be read. */
  get(id: EventID, loaded: readonly Message[]): Message | null | undefined {
    return loaded.find((message) => message.id === id) ?? this.#known.get(id);
  }

  /** Asks for a message once. */
  ask(id: EventID): void {
    if (this.#asked.has(id)) return;
    this.#asked.add(id);
    this.#api.call("messages.around", { ...this.#at, message: id, before: 0, after: 1 }).then(
      ({ messages }) => this.#put(id, messages.find((message) => message.id === id) ?? null),
      () => this.#put(id, null),
    );
  }

  #put(id: EventID, message: Message | null): void {
    const known = new Map(this.#known).set(id, message);
    for (const old of known.keys()) {
      if (known.size <= most) break;
      known.delete(old);
      this.#asked.delete(old);
    }
    this.#known = known;
  }
}
