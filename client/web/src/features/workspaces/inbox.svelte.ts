// What asks for somebody in one workspace: mentions, direct messages, people who wait to
// be admitted; and below them what is merely unread.
import type { Channel, EventID, InboxItem, Person, StreamID, WorkspaceID } from "../../api/generated";
import { concerns, refusalOf, type Api, type Refusal } from "../../app/engine";
import { Answer, type Status } from "../../app/loaded.svelte";
import { parseMarkdown, plainText } from "../../lib/markdown/parse";

/** Muted channels are one setting of the chat, ids apart by spaces. */
const mutedKey = "muted";

/** How many messages are asked for, of all workspaces; and how much of one is shown, in UTF-16 units. */
const mostItems = 200;
const longestWords = 200;

export interface Entry {
  channel: Channel;
  /** Whose conversation it is, for a direct one. */
  others: readonly Person[];
  count: number;
  /** The newest message that waits; null where only numbers are known. */
  newest: { author: string; message: EventID; words: string; at: number } | null;
}

interface Read {
  channels: readonly Channel[];
  people: readonly Person[];
  muted: ReadonlySet<StreamID>;
  items: readonly InboxItem[];
}

const nothing: Read = { channels: [], people: [], muted: new Set(), items: [] };

export class Inbox {
  readonly #api: Api;
  readonly #workspace: WorkspaceID;
  readonly #answer: Answer<Read>;

  constructor(api: Api, workspace: WorkspaceID) {
    this.#api = api;
    this.#workspace = workspace;
    this.#answer = new Answer(api, nothing, (from) => read(from, workspace), (change) => concerns(change, ["channels", "people"], workspace) || change.kind === "settings");
  }

  start(): () => void {
    return this.#answer.start();
  }

  retry(): Promise<void> {
    return this.#answer.retry();
  }

  get status(): Status {
    return this.#answer.status;
  }

  get refusal(): Refusal | null {
    return this.#answer.refusal;
  }

  /** Channels where the user was named, the newest first. A muted one counts: it was meant for the user. */
  get mentions(): readonly Entry[] {
    return this.#entries((channel) => channel.kind !== "direct" && channel.mentions > 0, (channel) => channel.mentions);
  }

  get direct(): readonly Entry[] {
    return this.#entries((channel) => channel.kind === "direct" && channel.unread > 0 && !this.#muted(channel), (channel) => channel.unread);
  }

  get unread(): readonly Entry[] {
    return this.#entries((channel) => channel.kind !== "direct" && channel.mentions === 0 && channel.unread > 0 && !this.#muted(channel), (channel) => channel.unread);
  }

  /** Who has joined by an invite and waits for an admin; empty for those who cannot decide. */
  get pending(): readonly Person[] {
    const { people } = this.#answer.value;
    const role = people.find((one) => one.self)?.role;
    return role === "admin" || role === "owner" ? people.filter((one) => one.pending) : [];
  }

  /** How many ask for the user: what the badge says. */
  get count(): number {
    const sum = (entries: readonly Entry[]) => entries.reduce((total, one) => total + one.count, 0);
    return sum(this.mentions) + sum(this.direct) + this.pending.length;
  }

  get empty(): boolean {
    return this.mentions.length + this.direct.length + this.unread.length + this.pending.length === 0;
  }

  /** Marks every channel as read up to its end; resolves with the first refusal, or null. */
  async markAll(): Promise<Refusal | null> {
    let refusal: Refusal | null = null;
    for (const { channel } of [...this.mentions, ...this.direct, ...this.unread]) {
      try {
        const at = { workspace: this.#workspace, channel: channel.id };
        const { head } = await this.#api.call("messages.window", { ...at, seq: 0, before: 0, after: 0 });
        await this.#api.call("channels.markRead", { ...at, seq: head });
      } catch (error) {
        refusal ??= refusalOf(error);
      }
    }
    await this.#answer.refresh();
    return refusal;
  }

  #muted(channel: Channel): boolean {
    return this.#answer.value.muted.has(channel.id);
  }

  #entries(wanted: (channel: Channel) => boolean, count: (channel: Channel) => number): Entry[] {
    const { channels, people, items } = this.#answer.value;
    const newest = (channel: Channel): Entry["newest"] => {
      const message = items.find((one) => one.channel === channel.id)?.message;
      if (!message) return null;
      const words = message.deletedBy === null && !message.erased ? plainText(parseMarkdown(message.text)) : "";
      return { author: people.find((one) => one.user === message.author)?.name ?? "", message: message.id, words: words.slice(0, longestWords), at: message.at };
    };
    return channels
      .filter((channel) => !channel.archived && wanted(channel))
      .sort((a, b) => b.last - a.last)
      .map((channel) => ({ channel, others: channel.kind === "direct" ? people.filter((one) => !one.self && channel.members.includes(one.user)) : [], count: count(channel), newest: newest(channel) }));
  }
}

async function read(api: Api, workspace: WorkspaceID): Promise<Read> {
  const [{ channels }, { people }, { values }, { items }] = await Promise.all([
    api.call("channels.list", { workspace }),
    api.call("people.list", { workspace }),
    api.call("settings.get", {}),
    api.call("inbox.list", { limit: mostItems }),
  ]);
  return { channels, people, muted: new Set((values[mutedKey] ?? "").split(" ")), items: items.filter((one) => one.workspace === workspace) };
}
