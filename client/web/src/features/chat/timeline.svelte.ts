// The timeline of one channel: a bounded window over the messages that the engine has,
// which moves as somebody scrolls, with what was written here on top.
/* eslint-disable svelte/prefer-svelte-reactivity -- state is replaced as a whole; what is no state draws nothing */
import { untrack } from "svelte";
import type { Change, EventID, Message, StreamID, UserID, Window, WorkspaceID } from "../../api/generated";
import { coalesce, refusalOf, type Api, type Refusal } from "./api";
import { Echoes, type Words } from "./echoes.svelte";
import { Overlays } from "./overlays.svelte";
import { arrange, keep, type Entry, type Row } from "./rows";

/**
 * How many messages are asked for at once, and the most that are held. A page fills
 * more than a tall screen, and is drawn within a few frames.
 */
export const pageSize = 40;
export const mostHeld = 200;

/** How long a message must be in sight before it counts as read, in milliseconds. */
export const readAfter = 600;

/** Where the view is to go next. */
export type Target = { to: "end" } | { to: "row"; key: string; align: "start" | "center" };

export interface TimelineOptions {
  workspace: WorkspaceID;
  channel: StreamID;
  /** Who reads; undefined while the members are not known. */
  me: () => UserID | undefined;
  /** Whether the page is seen. */
  visible: () => boolean;
  /** Told when a change to a message was refused. */
  refused: (refusal: Refusal) => void;
  /** Told which thread a message stands in that was to be shown. */
  thread?: (root: EventID) => void;
  /** Told what others have written since, when it is there. */
  arrived?: (messages: readonly Message[]) => void;
}

export class Timeline {
  readonly #api: Api;
  readonly #options: TimelineOptions;
  readonly #at: { workspace: WorkspaceID; channel: StreamID };
  readonly echoes: Echoes;
  readonly overlays: Overlays;

  #messages = $state.raw<readonly Message[]>([]);
  #pending = $state.raw<readonly Message[]>([]);
  #status = $state<"loading" | "ready" | "failed">("loading");
  #refusal = $state.raw<Refusal | null>(null);
  #atStart = $state(false);
  #atEnd = $state(false);
  #head = $state(0);
  #readUp = $state(0);
  #unreadAfter = $state<number | null>(null);
  #following = $state(true);
  #since = $state(0);
  #highlighted = $state<EventID | null>(null);
  #target = $state.raw<Target | null>(null);
  #me = $derived.by(() => this.#options.me() ?? "");
  #before: readonly Row[] = [];
  #rows = $derived.by(() => {
    this.#before = arrange(this.#entries(), { me: this.#me, unreadAfter: this.#unreadAfter, before: this.#before });
    return this.#before;
  });

  /** The last load: the next one waits for it, so that windows never cross. */
  #loads: Promise<unknown> = Promise.resolve();
  #marked = 0;
  #seen = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly refresh: () => Promise<void>;

  constructor(api: Api, options: TimelineOptions) {
    this.#api = api;
    this.#options = options;
    this.#at = { workspace: options.workspace, channel: options.channel };
    this.refresh = coalesce(() => this.#exclusive(() => this.#reload()));
    this.echoes = new Echoes(api, { ...this.#at, thread: null });
    this.overlays = new Overlays(api, this.#at, () => this.refresh(), options.refused);
  }

  get rows(): readonly Row[] {
    return this.#rows;
  }
  get messages(): readonly Message[] {
    return this.#messages;
  }
  get status(): "loading" | "ready" | "failed" {
    return this.#status;
  }
  get refusal(): Refusal | null {
    return this.#refusal;
  }
  get atStart(): boolean {
    return this.#atStart;
  }
  get atEnd(): boolean {
    return this.#atEnd;
  }
  get highlighted(): EventID | null {
    return this.#highlighted;
  }
  /** Where the view has to go; the view takes it once it is drawn. */
  get target(): Target | null {
    return this.#target;
  }

  /** The sequence after which the mark of unread stands: it stays put until the channel is opened again. */
  get unreadAfter(): number | null {
    return this.#unreadAfter;
  }

  /** Whether the first unread message is further up than what is loaded. */
  get unreadAbove(): boolean {
    const first = this.#messages[0];
    return this.#unreadAfter !== null && !this.#atStart && first !== undefined && first.seq > this.#unreadAfter + 1;
  }

  /** How many messages of others came while somebody read further up; at least that many where newer ones are not loaded. */
  get news(): number {
    return this.#following ? 0 : this.#messages.filter((message) => message.seq > this.#since && message.author !== this.#me).length;
  }

  get following(): boolean {
    return this.#following;
  }

  /** The view says whether it is at the newest message. */
  set following(on: boolean) {
    if (on === this.#following) return;
    this.#following = on;
    this.#since = this.#head;
  }

  /** Follows changes until the returned function is called. */
  start(): () => void {
    const stop = this.#api.onChange((change) => this.#onChange(change));
    return () => {
      stop();
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.overlays.flush();
    };
  }

  #onChange(change: Change): void {
    const mine = change.kind === "messages" && change.channel === this.#at.channel && change.workspace === this.#at.workspace;
    if ((mine || change.kind === "all") && this.#status !== "loading") void this.refresh().catch(() => undefined);
  }

  /** Opens the channel: at a message, else at the first unread one, else at the newest. */
  async open(message: EventID | null = null): Promise<void> {
    if (this.#messages.length === 0) this.#status = "loading";
    else if (message === null && this.#atEnd) this.#target = { to: "end" };
    try {
      await this.#exclusive(async () => {
        if (message !== null && (await this.#goTo(message))) return;
        const window = await this.#window(0, pageSize, 0);
        this.#mark(window);
        const first = window.messages[0];
        if (this.#unreadAfter !== null && first && first.seq > this.#unreadAfter + 1 && !window.atStart) await this.#goToUnread();
        else {
          this.#show(window, { atEnd: true });
          this.#target = this.#unreadAfter === null ? { to: "end" } : { to: "row", key: "unread", align: "start" };
        }
      });
      this.#status = "ready";
      this.#refusal = null;
    } catch (error) {
      this.#status = "failed";
      this.#refusal = refusalOf(error);
    }
  }

  /** Takes the target: the view is there. */
  arrive(): void {
    this.#target = null;
  }

  /** Loads what comes before; true when something did. */
  older(): Promise<boolean> {
    return this.#exclusive(async () => {
      const first = this.#messages[0];
      if (!first || this.#atStart) return false;
      const window = await this.#window(first.seq, pageSize, 0);
      const all = [...window.messages, ...this.#messages];
      if (all.length > mostHeld) this.#atEnd = false;
      this.#messages = all.slice(0, mostHeld);
      this.#atStart = window.atStart;
      return window.messages.length > 0;
    });
  }

  /** Loads what comes after; true when something did. */
  newer(): Promise<boolean> {
    return this.#exclusive(async () => {
      const last = this.#messages.at(-1);
      if (!last || this.#atEnd) return false;
      const window = await this.#window(last.seq + 1, 0, pageSize);
      const all = [...this.#messages, ...window.messages];
      if (all.length > mostHeld) this.#atStart = false;
      this.#messages = all.slice(-mostHeld);
      this.#atEnd = window.atEnd;
      this.#tail(window);
      return window.messages.length > 0;
    });
  }

  /** Goes to the newest message. */
  async toEnd(): Promise<void> {
    if (!this.#atEnd) await this.#exclusive(async () => this.#show(await this.#window(0, pageSize, 0), { atEnd: true }));
    this.#target = { to: "end" };
  }

  /** Goes to the first unread message. */
  async toUnread(): Promise<void> {
    if (this.unreadAbove) await this.#exclusive(() => this.#goToUnread());
    else this.#target = { to: "row", key: "unread", align: "start" };
  }

  /** Goes to a message and marks it for a while; false when it cannot be read. */
  toMessage(id: EventID): Promise<boolean> {
    return this.#exclusive(() => this.#goTo(id));
  }

  unhighlight(): void {
    this.#highlighted = null;
  }

  /** Takes the mark of unread away: somebody said that all is read. */
  async markAllRead(): Promise<void> {
    this.#unreadAfter = null;
    await this.#markRead(this.#head);
  }

  async send(words: Words): Promise<void> {
    const sent = this.echoes.send(words);
    this.#target = { to: "end" };
    if (!this.#atEnd) await this.toEnd();
    await sent;
    await this.refresh().catch(() => undefined);
  }

  /**
   * The view tells which row was seen last. What stays in sight for a moment, on a
   * page that is seen, is read. At the end that is everything, replies in threads
   * included.
   */
  seen(key: string): void {
    const row = this.#rows.find((one) => one.key === key);
    if (row?.kind !== "message") return;
    const isLast = this.#atEnd && this.#rows.at(-1) === row;
    this.#seen = Math.max(this.#seen, isLast ? this.#head : row.message.seq);
    if (this.#seen <= Math.max(this.#marked, this.#readUp) || this.#timer !== undefined || !this.#options.visible()) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#options.visible()) void this.#markRead(this.#seen);
    }, readAfter);
  }

  async #markRead(seq: number): Promise<void> {
    if (seq <= this.#marked) return;
    const before = this.#marked;
    this.#marked = seq;
    try {
      await this.#api.call("channels.markRead", { ...this.#at, seq });
    } catch {
      // It is said again with the next message that is seen.
      this.#marked = before;
    }
  }

  #entries(): Entry[] {
    const entries = this.#messages.map((message): Entry => ({ key: this.echoes.keyOf(message.id), message: this.overlays.of(message), state: "sent", echo: null }));
    return this.#atEnd ? [...entries, ...this.echoes.entries(this.#pending.map((message) => this.overlays.of(message)), this.#me)] : entries;
  }

  #window(seq: number, before: number, after: number): Promise<Window> {
    return this.#api.call("messages.window", { ...this.#at, seq, before, after });
  }

  /** One load after the other. */
  #exclusive<T>(load: () => Promise<T>): Promise<T> {
    const mine = this.#loads.then(load, load);
    this.#loads = mine.catch(() => undefined);
    return mine;
  }

  #mark(window: Window): void {
    const newest = window.messages.findLast((message) => message.author !== this.#me);
    this.#unreadAfter = window.readUp > 0 && newest !== undefined && newest.seq > window.readUp ? window.readUp : null;
  }

  #show(window: Window, ends?: { atEnd: boolean }): void {
    this.#messages = keep(untrack(() => this.#messages), window.messages);
    this.#atStart = window.atStart;
    this.#atEnd = ends?.atEnd ?? window.atEnd;
    this.#tail(window);
  }

  /** What every window tells about the end. */
  #tail(window: Window): void {
    // Before anything is forgotten: what was known decides whose the echoes are.
    const known = new Set(this.#known);
    this.echoes.absorb([...window.messages, ...window.pending], known, this.#options.me());
    for (const message of [...window.messages, ...window.pending]) if (message.author === this.#options.me()) this.#known.add(message.id);
    this.#pending = keep(untrack(() => this.#pending), window.pending);
    this.#head = Math.max(untrack(() => this.#head), window.head);
    this.#readUp = window.readUp;
  }

  /** Own messages that were shown before: no echo becomes one of them. */
  readonly #known = new Set<EventID>();

  async #goToUnread(): Promise<void> {
    const window = await this.#window((this.#unreadAfter ?? 0) + 1, pageSize / 2, pageSize);
    this.#show(window);
    this.#target = { to: "row", key: "unread", align: "start" };
  }

  async #goTo(id: EventID): Promise<boolean> {
    if (!this.#messages.some((message) => message.id === id)) {
      let window: Window;
      try {
        window = await this.#api.call("messages.around", { ...this.#at, message: id, before: pageSize / 2, after: pageSize / 2 });
      } catch (error) {
        this.#options.refused(refusalOf(error));
        return false;
      }
      if (this.#messages.length === 0) this.#mark(window);
      this.#show(window);
    }
    let shown = id;
    if (!this.#messages.some((message) => message.id === id)) {
      // Of a reply in a thread, the engine gives the place of the thread's first message.
      const { messages } = await this.#api.call("messages.around", { ...this.#at, message: id, before: 0, after: 1 });
      const root = messages[0];
      if (!root) return false;
      shown = root.id;
      this.#options.thread?.(root.id);
    }
    this.#highlighted = shown;
    this.#target = { to: "row", key: this.echoes.keyOf(shown), align: "center" };
    return true;
  }

  /** Reads again what is held, and what came at the end when somebody is there. */
  async #reload(): Promise<void> {
    const first = untrack(() => this.#messages)[0];
    const held = Math.max(pageSize, this.#messages.length);
    const before = this.#head;
    if (!first || (this.#following && this.#atEnd)) this.#show(await this.#window(0, Math.min(held, mostHeld), 0), { atEnd: true });
    else {
      const window = await this.#window(first.seq, 0, Math.min(held + pageSize, mostHeld));
      this.#show({ ...window, atStart: this.#atStart });
    }
    if (this.#head > before) {
      const news = this.#messages.filter((message) => message.seq > before && message.author !== this.#me);
      if (news.length > 0) this.#options.arrived?.(news);
    }
  }
}
