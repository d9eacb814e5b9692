// What is pinned to a channel.
import type { Change, Message, StreamID, WorkspaceID } from "../../api/generated";
import { coalesce, refusalOf, type Api, type Refusal } from "./api";
import { keep } from "./rows";

export class Pins {
  #list = $state.raw<readonly Message[]>([]);
  #status = $state<"loading" | "ready" | "failed">("loading");
  #refusal = $state.raw<Refusal | null>(null);
  readonly #api: Api;
  readonly #at: { workspace: WorkspaceID; channel: StreamID };
  readonly refresh: () => Promise<void>;

  constructor(api: Api, at: { workspace: WorkspaceID; channel: StreamID }) {
    this.#api = api;
    this.#at = at;
    this.refresh = coalesce(async () => {
      try {
        const { messages } = await this.#api.call("messages.pinned", this.#at);
        this.#list = keep(this.#list, messages);
        this.#status = "ready";
        this.#refusal = null;
      } catch (error) {
        this.#refusal = refusalOf(error);
        if (this.#status === "loading") this.#status = "failed";
      }
    });
  }

  get list(): readonly Message[] {
    return this.#list;
  }
  get status(): "loading" | "ready" | "failed" {
    return this.#status;
  }
  get refusal(): Refusal | null {
    return this.#refusal;
  }

  start(): () => void {
    void this.refresh();
    return this.#api.onChange((change: Change) => {
      if ((change.kind === "messages" && change.channel === this.#at.channel) || change.kind === "all") void this.refresh();
    });
  }

  /** Takes a pin away; the list shows it at once. */
  async unpin(message: Message): Promise<void> {
    this.#list = this.#list.filter((one) => one.id !== message.id);
    try {
      await this.#api.call("messages.pin", { ...this.#at, message: message.id, on: false });
    } finally {
      await this.refresh();
    }
  }
}
