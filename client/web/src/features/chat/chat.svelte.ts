// All of the chat of one session: the view models of its workspaces and channels, made
// when they are first asked for and kept while they are of use.
/* eslint-disable svelte/prefer-svelte-reactivity -- state is replaced as a whole; what is no state draws nothing */
import { untrack } from "svelte";
import type { EventID, Message, StreamID, WorkspaceID } from "../../api/generated";
import type { Api, Refusal } from "./api";
import { Channels } from "./channels.svelte";
import { Composer, type ComposerOptions } from "./composer.svelte";
import { Drafts } from "./drafts.svelte";
import { People } from "./people.svelte";
import { Quotes } from "./quotes.svelte";
import { RecentEmoji } from "./recent.svelte";
import { Search } from "./search.svelte";
import { Timeline } from "./timeline.svelte";
import { Typists, TypingSender } from "./typing.svelte";

/** How many channels keep their timeline while others are read. */
const mostRooms = 12;

/** What the chat needs of the page. */
export interface ChatWorld {
  visible: () => boolean;
  /** Says a sentence that asks for nothing. */
  tell: (sentence: string) => void;
  /** Opens a thread of a room beside it. */
  thread: (room: Room, root: EventID) => void;
  /** Told of what others wrote in the channel that is open, for screen readers. */
  arrived: (room: Room, messages: readonly Message[]) => void;
}

/**
 * Makes something that outlives whoever asks for it first. What a component's effect
 * makes would be inert once the component is gone; this belongs to a root of its own.
 */
function lasting<T extends object>(make: () => T): { it: T; end: () => void } {
  const made: T[] = [];
  const end = $effect.root(() => {
    untrack(() => made.push(make()));
  });
  // Where nothing is drawn there are no effects, and no roots: the tests run there.
  return { it: made[0] ?? make(), end };
}

/** One channel and what belongs to it. */
export class Room {
  readonly timeline: Timeline;
  readonly quotes: Quotes;
  readonly typists: Typists;
  readonly composer: Composer;
  readonly typing: TypingSender;

  constructor(
    readonly chat: Chat,
    readonly space: Space,
    readonly id: StreamID,
  ) {
    const at = { workspace: space.id, channel: id };
    const { api, world } = chat;
    this.timeline = new Timeline(api, {
      ...at,
      me: () => space.people.me?.user,
      visible: world.visible,
      refused: (refusal) => world.tell(refusal.sentence),
      thread: (root) => world.thread(this, root),
      arrived: (messages) => {
        for (const message of messages) this.typists.stopped(message.author);
        world.arrived(this, messages);
      },
    });
    this.quotes = new Quotes(api, at);
    this.typists = new Typists(api, at);
    this.typing = new TypingSender(api, at);
    this.composer = this.composerFor(null, {
      send: (words) => void this.timeline.send(words),
      lastOwn: () => this.timeline.messages.findLast((message) => message.author === space.people.me?.user && message.deletedBy === null && !message.erased),
    });
  }

  /** A composer for the channel, or for a thread in it. */
  composerFor(thread: EventID | null, to: Pick<ComposerOptions, "send" | "lastOwn"> & Partial<Pick<ComposerOptions, "edit">>): Composer {
    const { people, channels, drafts } = this.space;
    return new Composer({
      channel: this.id,
      thread,
      people,
      drafts,
      typing: this.typing,
      members: () => channels.get(this.id)?.members ?? [],
      channels: (query, limit) => channels.find(query, limit).filter((channel) => channel.kind !== "direct").map(({ id, name, topic }) => ({ id, name, topic })),
      edit: (message, text, mentions) => void this.timeline.overlays.edit(message, text, mentions),
      ...to,
    });
  }

  /** Follows the channel while it is shown. */
  start(): () => void {
    const stops = [this.timeline.start(), this.typists.start()];
    void this.composer.load().catch(() => undefined);
    return () => {
      for (const stop of stops) stop();
      this.typing.stop();
      void this.space.drafts.flush();
    };
  }
}

/** One workspace. */
export class Space {
  readonly people: People;
  readonly drafts: Drafts;
  readonly channels: Channels;
  readonly search: Search;
  // Least recently used first.
  readonly #rooms = new Map<StreamID, { it: Room; end: () => void }>();
  readonly #stops: (() => void)[];

  constructor(
    readonly chat: Chat,
    readonly id: WorkspaceID,
  ) {
    this.people = new People(chat.api, id);
    this.drafts = new Drafts(chat.api, id);
    this.channels = new Channels(chat.api, id, this.people, this.drafts);
    this.search = new Search(chat.api, id, null);
    this.#stops = [this.people.start(), this.channels.start()];
  }

  room(channel: StreamID): Room {
    const room = this.#rooms.get(channel) ?? lasting(() => new Room(this.chat, this, channel));
    this.#rooms.delete(channel);
    this.#rooms.set(channel, room);
    for (const [id, old] of this.#rooms) {
      if (this.#rooms.size <= mostRooms) break;
      // What could not be sent is nowhere else: such a room stays.
      if (untrack(() => old.it.timeline.echoes.list).length > 0) continue;
      this.#rooms.delete(id);
      old.end();
    }
    return room.it;
  }

  /** Sends what waits for a moment to pass: the page goes. */
  flush(): void {
    for (const { it } of this.#rooms.values()) it.timeline.overlays.flush();
    void this.drafts.flush();
  }

  close(): void {
    this.flush();
    for (const stop of this.#stops) stop();
    for (const { end } of this.#rooms.values()) end();
    this.#rooms.clear();
  }
}

export class Chat {
  readonly recent = new RecentEmoji();
  readonly #spaces = new Map<WorkspaceID, { it: Space; end: () => void }>();
  #enterSends = $state(true);
  #stop: (() => void) | undefined;

  constructor(
    readonly api: Api,
    readonly world: ChatWorld,
  ) {
    void this.#readSettings();
    this.#stop = api.onChange((change) => {
      if (change.kind === "settings" || change.kind === "all") void this.#readSettings();
    });
  }

  /** Whether Enter sends, and Shift+Enter begins a line; otherwise Ctrl+Enter sends. */
  get enterSends(): boolean {
    return this.#enterSends;
  }

  space(workspace: WorkspaceID): Space {
    const space = this.#spaces.get(workspace) ?? lasting(() => new Space(this, workspace));
    this.#spaces.set(workspace, space);
    return space.it;
  }

  /** Sends what waits for a moment to pass: the page goes. */
  flush(): void {
    for (const { it } of this.#spaces.values()) it.flush();
  }

  /** Forgets everything: the device is locked or signed out. */
  close(): void {
    this.#stop?.();
    this.#stop = undefined;
    for (const { it, end } of this.#spaces.values()) {
      it.close();
      end();
    }
    this.#spaces.clear();
  }

  say(refusal: Refusal): void {
    this.world.tell(refusal.sentence);
  }

  async #readSettings(): Promise<void> {
    try {
      const { values } = await this.api.call("settings.get", {});
      this.#enterSends = values["enter-sends"] !== "false";
    } catch {
      // Enter sends until something else is known.
    }
  }
}
