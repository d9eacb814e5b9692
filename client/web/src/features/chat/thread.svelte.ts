// A thread in the detail panel: a message and what was answered under it.
/* eslint-disable svelte/prefer-svelte-reactivity -- state is replaced as a whole; what is no state draws nothing */
import type { Change, EventID, Message, StreamID, UserID, WorkspaceID } from "../../api/generated";
import { coalesce, refusalOf, type Api, type Refusal } from "./api";
import { Echoes, type Words } from "./echoes.svelte";
import { Overlays } from "./overlays.svelte";
import { arrange, keep, type Entry, type Row } from "./rows";

export interface ThreadOptions {
  workspace: WorkspaceID;
  channel: StreamID;
  root: EventID;
  me: () => UserID | undefined;
  refused: (refusal: Refusal) => void;
}

export class ThreadView {
  readonly #api: Api;
  readonly #options: ThreadOptions;
  readonly echoes: Echoes;
  readonly overlays: Overlays;
  #root = $state.raw<Message | null>(null);
  #replies = $state.raw<readonly Message[]>([]);
  #pending = $state.raw<readonly Message[]>([]);
  #status = $state<"loading" | "ready" | "failed">("loading");
  #refusal = $state.raw<Refusal | null>(null);
  #before: readonly Row[] = [];
  #rows = $derived.by(() => {
    this.#before = arrange(this.#entries(), { me: this.#options.me() ?? "", unreadAfter: null, before: this.#before });
    return this.#before;
  });
  readonly #known = new Set<EventID>();
  readonly refresh: () => Promise<void>;

  constructor(api: Api, options: ThreadOptions) {
    this.#api = api;
    this.#options = options;
    this.refresh = coalesce(() => this.#read());
    const at = { workspace: options.workspace, channel: options.channel };
    this.echoes = new Echoes(api, { ...at, thread: options.root });
    this.overlays = new Overlays(api, at, () => this.refresh(), options.refused);
  }

  /** Reads and follows until the returned function is called. */
  start(): () => void {
    void this.refresh();
    const stop = this.#api.onChange((change: Change) => {
      if ((change.kind === "messages" && change.channel === this.#options.channel) || change.kind === "all") void this.refresh();
    });
    return () => {
      stop();
      this.overlays.flush();
    };
  }

  get root(): Message | null {
    return this.#root && this.overlays.of(this.#root);
  }
  get replies(): readonly Message[] {
    return this.#replies;
  }
  get rows(): readonly Row[] {
    return this.#rows;
  }
  get status(): "loading" | "ready" | "failed" {
    return this.#status;
  }
  get refusal(): Refusal | null {
    return this.#refusal;
  }

  async send(words: Words): Promise<void> {
    await this.echoes.send(words);
    await this.refresh();
  }

  #entries(): Entry[] {
    return [
      ...this.#replies.map((message): Entry => ({ key: this.echoes.keyOf(message.id), message: this.overlays.of(message), state: "sent", echo: null })),
      ...this.echoes.entries(this.#pending.map((message) => this.overlays.of(message)), this.#options.me() ?? ""),
    ];
  }

  async #read(): Promise<void> {
    const { workspace, channel, root } = this.#options;
    try {
      const thread = await this.#api.call("messages.thread", { workspace, channel, message: root });
      const all = [...thread.replies, ...thread.pending];
      this.echoes.absorb(all, this.#known, this.#options.me());
      for (const message of all) this.#known.add(message.id);
      this.#root = keep(this.#root ? [this.#root] : [], [thread.root])[0] ?? thread.root;
      this.#replies = keep(this.#replies, thread.replies);
      this.#pending = keep(this.#pending, thread.pending);
      this.#status = "ready";
      this.#refusal = null;
    } catch (error) {
      this.#refusal = refusalOf(error);
      if (this.#status === "loading") this.#status = "failed";
    }
  }
}
