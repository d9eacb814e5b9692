// Changes to messages, shown at once and taken back when they are refused: edits,
// reactions, pins, and deletions that can be undone for some seconds.
/* eslint-disable svelte/prefer-svelte-reactivity -- state is replaced as a whole; what is no state draws nothing */
import { untrack } from "svelte";
import type { EventID, Message, StreamID, UserID, WorkspaceID } from "../../api/generated";
import { refusalOf, type Api, type Refusal } from "./api";

/** How long a deletion waits before it is sent, in milliseconds. */
export const undoTime = 6000;

interface Overlay {
  key: number;
  id: EventID;
  apply: (message: Message) => Message;
}

export class Overlays {
  readonly #api: Api;
  readonly #at: { workspace: WorkspaceID; channel: StreamID };
  readonly #refresh: () => Promise<void>;
  readonly #refused: (refusal: Refusal) => void;
  #list = $state.raw<readonly Overlay[]>([]);
  #deleting = $state.raw<ReadonlySet<EventID>>(new Set());
  readonly #timers = new Map<EventID, ReturnType<typeof setTimeout>>();
  #next = 1;

  /** refresh reads the messages again; refused is told what the engine would not do. */
  constructor(api: Api, at: { workspace: WorkspaceID; channel: StreamID }, refresh: () => Promise<void>, refused: (refusal: Refusal) => void) {
    this.#api = api;
    this.#at = at;
    this.#refresh = refresh;
    this.#refused = refused;
  }

  /** A message with what was changed here and is not known to the engine yet. */
  of(message: Message): Message {
    let out = message;
    for (const overlay of this.#list) if (overlay.id === message.id) out = overlay.apply(out);
    return out;
  }

  get any(): boolean {
    return this.#list.length > 0;
  }

  /** Whether a message is about to be deleted and can still be kept. */
  isDeleting(id: EventID): boolean {
    return this.#deleting.has(id);
  }

  edit(message: Message, text: string, mentions: readonly UserID[]): Promise<boolean> {
    return this.#run(
      message.id,
      (old) => ({ ...old, text, pending: true, versions: [...(old.versions.length > 0 ? old.versions : [{ at: old.at, text: old.text }]), { at: Date.now(), text }] }),
      () => this.#api.call("messages.edit", { ...this.#at, message: message.id, text, mentions: [...mentions] }),
    );
  }

  react(message: Message, emoji: string, on: boolean, me: UserID): Promise<boolean> {
    return this.#run(
      message.id,
      (old) => ({ ...old, reactions: withReaction(old.reactions, emoji, on, me) }),
      () => this.#api.call("messages.react", { ...this.#at, message: message.id, emoji, on }),
    );
  }

  pin(message: Message, on: boolean): Promise<boolean> {
    return this.#run(
      message.id,
      (old) => ({ ...old, pinned: on }),
      () => this.#api.call("messages.pin", { ...this.#at, message: message.id, on }),
    );
  }

  /** Hides a message and deletes it after a while; keep takes that back. */
  delete(id: EventID): void {
    if (this.#timers.has(id)) return;
    this.#deleting = new Set(untrack(() => this.#deleting)).add(id);
    this.#timers.set(
      id,
      setTimeout(() => void this.#deleteNow(id), undoTime),
    );
  }

  keep(id: EventID): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.#settle(id);
  }

  /** Sends at once what waits to be deleted: somebody leaves. */
  flush(): void {
    for (const id of [...this.#timers.keys()]) void this.#deleteNow(id);
  }

  async #deleteNow(id: EventID): Promise<void> {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    try {
      await this.#api.call("messages.delete", { ...this.#at, message: id });
      await this.#refresh().catch(() => undefined);
    } catch (error) {
      this.#refused(refusalOf(error));
    }
    this.#settle(id);
  }

  #settle(id: EventID): void {
    this.#deleting = new Set([...untrack(() => this.#deleting)].filter((one) => one !== id));
  }

  async #run(id: EventID, apply: (message: Message) => Message, call: () => Promise<unknown>): Promise<boolean> {
    const key = this.#next++;
    this.#list = [...untrack(() => this.#list), { key, id, apply }];
    let done = true;
    try {
      await call();
      await this.#refresh().catch(() => undefined);
    } catch (error) {
      done = false;
      this.#refused(refusalOf(error));
    }
    this.#list = untrack(() => this.#list).filter((overlay) => overlay.key !== key);
    return done;
  }
}

function withReaction(reactions: Message["reactions"], emoji: string, on: boolean, me: UserID): Message["reactions"] {
  const others = reactions.map((r) => (r.emoji === emoji ? { emoji, users: r.users.filter((user) => user !== me) } : r));
  const at = others.findIndex((r) => r.emoji === emoji);
  if (on && at < 0) return [...others, { emoji, users: [me] }];
  return others.map((r, i) => (on && i === at ? { emoji, users: [...r.users, me] } : r)).filter((r) => r.users.length > 0);
}
