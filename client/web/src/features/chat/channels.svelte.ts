// The channels of a workspace as the sidebar and the headers show them.
/* eslint-disable svelte/prefer-svelte-reactivity -- state is replaced as a whole; what is no state draws nothing */
import type { Calls, Change, Channel, StreamID, UserID, WorkspaceID } from "../../api/generated";
import { format } from "../../i18n";
import { find } from "../../lib/fuzzy";
import { coalesce, isAbout, refusalOf, type Api, type Refusal } from "./api";
import type { Drafts } from "./drafts.svelte";
import type { People } from "./people.svelte";
import { text } from "./text";

/** Muted channels are one setting, ids apart by spaces; the engine bounds its length. */
const mutedKey = "muted";

export class Channels {
  readonly #api: Api;
  readonly #workspace: WorkspaceID;
  readonly #people: People;
  readonly #drafts: Drafts;
  #list = $state.raw<readonly Channel[]>([]);
  #status = $state<"loading" | "ready" | "failed">("loading");
  #refusal = $state.raw<Refusal | null>(null);
  #muted = $state.raw<ReadonlySet<StreamID>>(new Set());
  #byID = $derived(new Map(this.#list.map((channel) => [channel.id, channel])));
  readonly refresh: () => Promise<void>;

  constructor(api: Api, workspace: WorkspaceID, people: People, drafts: Drafts) {
    this.#api = api;
    this.#workspace = workspace;
    this.#people = people;
    this.#drafts = drafts;
    this.refresh = coalesce(() => this.#read());
  }

  start(): () => void {
    void this.refresh();
    void this.#readMuted().catch(() => undefined);
    return this.#api.onChange((change) => this.#onChange(change));
  }

  #onChange(change: Change): void {
    if (change.kind === "settings" || change.kind === "all") void this.#readMuted().catch(() => undefined);
    if ((change.kind === "channels" || change.kind === "all") && isAbout(change, this.#workspace)) void this.refresh();
    if (change.kind === "security") void this.refresh();
  }

  async #read(): Promise<void> {
    try {
      const { channels } = await this.#api.call("channels.list", { workspace: this.#workspace });
      this.#list = channels;
      this.#status = "ready";
      this.#refusal = null;
    } catch (error) {
      this.#refusal = refusalOf(error);
      if (this.#status === "loading") this.#status = "failed";
    }
  }

  async #readMuted(): Promise<void> {
    const { values } = await this.#api.call("settings.get", {});
    this.#muted = new Set((values[mutedKey] ?? "").split(" ").filter((id) => id !== ""));
  }

  get status(): "loading" | "ready" | "failed" {
    return this.#status;
  }
  get refusal(): Refusal | null {
    return this.#refusal;
  }
  get all(): readonly Channel[] {
    return this.#list;
  }
  /** Open and private channels that are in use, by name. */
  get rooms(): Channel[] {
    return this.#list.filter((channel) => channel.kind !== "direct" && !channel.archived);
  }
  /** Direct conversations, the liveliest first. */
  get direct(): Channel[] {
    return this.#list.filter((channel) => channel.kind === "direct" && !channel.archived).sort((a, b) => b.last - a.last);
  }
  get archived(): Channel[] {
    return this.#list.filter((channel) => channel.archived);
  }

  get(id: StreamID): Channel | undefined {
    return this.#byID.get(id);
  }

  /** The others of a conversation; the user alone for notes to oneself. */
  others(channel: Channel): UserID[] {
    const me = this.#people.me?.user;
    const others = channel.members.filter((user) => user !== me);
    return others.length > 0 ? others : channel.members;
  }

  /** What a channel is called: direct conversations by who is in them. */
  label(channel: Channel): string {
    if (channel.kind !== "direct" && channel.name !== "") return channel.name;
    const names = this.others(channel).map((user) => this.#people.name(user));
    return names.length === 0 ? text().nameless : format().and(names);
  }

  isMuted(id: StreamID): boolean {
    return this.#muted.has(id);
  }

  /** Shows at once what was chosen, and what the engine holds if it refuses. */
  async setMuted(id: StreamID, on: boolean): Promise<void> {
    const muted = new Set(this.#muted);
    if (on) muted.add(id);
    else muted.delete(id);
    this.#muted = muted;
    try {
      await this.#api.call("settings.set", { key: mutedKey, value: [...muted].join(" ") });
    } catch (error) {
      await this.#readMuted().catch(() => undefined);
      throw error;
    }
  }

  hasDraft(channel: Channel): boolean {
    return this.#drafts.has(channel.id) ?? channel.draft;
  }

  /** Channels by a few letters of their names. */
  find(query: string, limit: number): Channel[] {
    return find(query, [...this.rooms, ...this.direct, ...this.archived], (channel) => this.label(channel), limit);
  }

  /** Reads the channel's messages up to its end as read, without opening it. */
  async markRead(channel: Channel): Promise<void> {
    const { head } = await this.#api.call("messages.window", { workspace: this.#workspace, channel: channel.id, seq: 0, before: 0, after: 0 });
    await this.#api.call("channels.markRead", { workspace: this.#workspace, channel: channel.id, seq: head });
  }

  async create(params: Omit<Calls["channels.create"]["params"], "workspace">): Promise<StreamID> {
    const { channel } = await this.#api.call("channels.create", { ...params, workspace: this.#workspace });
    await this.refresh();
    return channel;
  }

  /** The direct conversation with these people; a new one if there is none yet. */
  async openDirect(users: readonly UserID[]): Promise<StreamID> {
    const { channel } = await this.#api.call("channels.direct", { workspace: this.#workspace, users: [...users] });
    await this.refresh();
    return channel;
  }

  /** Changes what is given. */
  async update(id: StreamID, to: { name?: string; topic?: string }): Promise<void> {
    await this.#api.call("channels.update", { workspace: this.#workspace, channel: id, name: to.name ?? null, topic: to.topic ?? null });
    await this.refresh();
  }

  /** Puts a channel away, or brings it back; nothing of it is lost. */
  async archive(id: StreamID, on: boolean): Promise<void> {
    await this.#api.call(on ? "channels.archive" : "channels.unarchive", { workspace: this.#workspace, channel: id });
    await this.refresh();
  }
}
