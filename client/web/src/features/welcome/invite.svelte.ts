// An invite that somebody opened: what it offers, and joining. Its URL stays in memory
// and is handed to the engine alone.
import type { InvitePreview, Role } from "../../api/generated";
import type { Api, Refusal } from "../../app/engine";
import { refusalOf } from "../../app/engine";
import { generalOf } from "./first.svelte";

/** none: an address without its secret; closed: used, expired or cancelled; waiting: joined, and an admin has to agree. */
export type InviteStage = "loading" | "none" | "closed" | "failed" | "offer" | "joining" | "waiting" | "joined";

export class OpenInvite {
  readonly #api: Api;
  readonly #url: string | null;
  #stage = $state<InviteStage>("loading");
  #offer = $state.raw<InvitePreview | null>(null);
  #refusal = $state.raw<Refusal | null>(null);
  #next = $state<string | null>(null);

  /** url is null for an address whose fragment is missing. */
  constructor(api: Api, url: string | null) {
    this.#api = api;
    this.#url = url;
    if (url === null) this.#stage = "none";
  }

  get stage(): InviteStage {
    return this.#stage;
  }

  /** What the invite offers, as far as the engine has verified it. */
  get offer(): InvitePreview | null {
    return this.#offer;
  }

  get role(): Role {
    return this.#offer?.role ?? "";
  }

  get refusal(): Refusal | null {
    return this.#refusal;
  }

  /** Where to go once joined. */
  get next(): string | null {
    return this.#next;
  }

  async load(): Promise<void> {
    if (this.#url === null) return;
    this.#stage = "loading";
    this.#refusal = null;
    try {
      const offer = await this.#api.call("invites.preview", { url: this.#url });
      this.#offer = offer.usable ? offer : null;
      this.#stage = offer.usable ? "offer" : "closed";
    } catch (error) {
      this.#refuse(error);
    }
  }

  /** Joins; resolves when it was done, or was not. */
  async join(): Promise<void> {
    if (this.#url === null || this.#stage === "joining") return;
    this.#stage = "joining";
    this.#refusal = null;
    try {
      const { workspace } = await this.#api.call("invites.join", { url: this.#url });
      const { workspaces } = await this.#api.call("workspaces.list", {});
      if (workspaces.find((one) => one.id === workspace)?.pending) {
        this.#stage = "waiting";
        return;
      }
      this.#next = await generalOf(this.#api, workspace);
      this.#stage = "joined";
    } catch (error) {
      this.#refuse(error);
    }
  }

  #refuse(error: unknown): void {
    this.#refusal = refusalOf(error);
    const { code } = this.#refusal;
    if (code === "invite_unusable") this.#stage = "closed";
    else if (code === "bad_request") this.#stage = "none";
    else this.#stage = this.#stage === "joining" ? "offer" : "failed";
  }
}
