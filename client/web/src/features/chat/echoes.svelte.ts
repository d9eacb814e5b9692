// What somebody has just written, shown before the engine knows it: in the same frame,
// and until the message itself is there, which then takes its place and its key.
/* eslint-disable svelte/prefer-svelte-reactivity -- state is replaced as a whole; what is no state draws nothing */
import { untrack } from "svelte";
import type { EventID, Message, StreamID, UserID, WorkspaceID } from "../../api/generated";
import { refusalOf, type Api, type Refusal } from "./api";
import type { Entry, SendState } from "./rows";

/** A message as it is written. */
export interface Words {
  text: string;
  replyTo: EventID | null;
  /** Members whom the completion put in, by id. */
  mentions: readonly UserID[];
}

export interface Echo extends Words {
  key: string;
  at: number;
  state: Exclude<SendState, "sent">;
  /** The engine's id, once it has taken the message. */
  id: EventID | null;
  refusal: Refusal | null;
}

export class Echoes {
  readonly #api: Api;
  readonly #at: { workspace: WorkspaceID; channel: StreamID; thread: EventID | null };
  #list = $state.raw<readonly Echo[]>([]);
  // The keys of echoes that became messages: the row stays the same one. Nothing is drawn from it.
  readonly #keys = new Map<EventID, string>();
  #next = 1;

  constructor(api: Api, at: { workspace: WorkspaceID; channel: StreamID; thread: EventID | null }) {
    this.#api = api;
    this.#at = at;
  }

  get list(): readonly Echo[] {
    return this.#list;
  }

  /** The key of a message's row: that of its echo, if it was written here. */
  keyOf(id: EventID): string {
    return this.#keys.get(id) ?? id;
  }

  /** Shows and sends a message; resolves when the engine has taken or refused it. */
  async send(words: Words, now = Date.now()): Promise<void> {
    const echo: Echo = { ...words, key: `echo-${this.#next++}`, at: now, state: "sending", id: null, refusal: null };
    this.#list = [...untrack(() => this.#list), echo];
    await this.#post(echo);
  }

  /** Sends a refused message again. */
  async retry(key: string): Promise<void> {
    const echo = this.#list.find((one) => one.key === key && one.state === "failed");
    if (!echo) return;
    const again: Echo = { ...echo, state: "sending", refusal: null };
    this.#put(again);
    await this.#post(again);
  }

  /** Forgets a refused message. */
  discard(key: string): void {
    this.#list = this.#list.filter((echo) => echo.key !== key || echo.state !== "failed");
  }

  async #post(echo: Echo): Promise<void> {
    try {
      const sent = await this.#api.call("messages.post", {
        workspace: this.#at.workspace,
        channel: this.#at.channel,
        thread: this.#at.thread,
        text: echo.text,
        replyTo: echo.replyTo,
        mentions: [...echo.mentions],
      });
      this.#keys.set(sent.id, echo.key);
      // A window may have shown the message already: then the echo is gone.
      this.#put({ ...echo, id: sent.id, state: sent.seq === 0 ? "waiting" : "sending" });
    } catch (error) {
      this.#put({ ...echo, state: "failed", refusal: refusalOf(error) });
    }
  }

  #put(echo: Echo): void {
    this.#list = untrack(() => this.#list).map((one) => (one.key === echo.key ? echo : one));
  }

  /**
   * Takes away the echoes of messages that the engine now shows. A message may come
   * before the answer to its own post: then it is known by its words, among those
   * that were not there before.
   */
  absorb(shown: readonly Message[], knownBefore: ReadonlySet<EventID>, me: UserID | undefined): void {
    const list = untrack(() => this.#list);
    if (list.length === 0) return;
    const ids = new Set(shown.map((message) => message.id));
    const news = shown.filter((message) => message.author === me && !knownBefore.has(message.id) && !this.#keys.has(message.id));
    this.#list = list.filter((echo) => {
      if (echo.id !== null) return !ids.has(echo.id);
      if (echo.state !== "sending") return true;
      const i = news.findIndex((message) => message.text === echo.text && message.replyTo === echo.replyTo);
      const message = news[i];
      if (!message) return true;
      news.splice(i, 1);
      this.#keys.set(message.id, echo.key);
      return false;
    });
  }

  /** Lines for the end of a timeline: the engine's outbox, then the echoes that are not in it yet. */
  entries(pending: readonly Message[], me: UserID): Entry[] {
    return [
      ...pending.map((message): Entry => ({ key: this.keyOf(message.id), message, state: "waiting", echo: null })),
      ...this.#list.map((echo): Entry => ({ key: echo.key, message: this.#draw(echo, me), state: echo.state, echo })),
    ];
  }

  #draw(echo: Echo, me: UserID): Message {
    return {
      id: echo.id ?? echo.key, seq: 0, author: me, at: echo.at, doubtful: false, pending: true, text: echo.text, replyTo: echo.replyTo, thread: this.#at.thread,
      mentions: [...echo.mentions], everyone: false, versions: [], reactions: [], pinned: false, deletedBy: null, erased: false, replies: 0, lastReply: 0, doubts: [],
    };
  }
}
