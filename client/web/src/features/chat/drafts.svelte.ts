// Texts that were not sent yet: here at once, on the other devices a moment later.
/* eslint-disable svelte/prefer-svelte-reactivity -- state is replaced as a whole; what is no state draws nothing */
import type { EventID, StreamID, WorkspaceID } from "../../api/generated";
import type { Api } from "./api";

/** How long typing rests before a draft is handed over, in milliseconds. */
export const draftRest = 800;

interface Kept {
  text: string;
  /** What the engine has. */
  saved: string;
  timer: ReturnType<typeof setTimeout> | undefined;
}

export class Drafts {
  readonly #api: Api;
  readonly #workspace: WorkspaceID;
  // Components read it through has() and get(); #changes makes them look again.
  readonly #kept = new Map<string, Kept & { channel: StreamID; thread: EventID | null }>();
  #changes = $state(0);

  constructor(api: Api, workspace: WorkspaceID) {
    this.#api = api;
    this.#workspace = workspace;
  }

  /** Whether a channel has a text that was begun here; undefined while nothing is known. */
  has(channel: StreamID): boolean | undefined {
    // Read so that whoever draws it looks again.
    const kept = this.#changes > 0 ? this.#kept.get(keyOf(channel, null)) : undefined;
    return kept ? kept.text !== "" : undefined;
  }

  /** The draft as it is known here; undefined before load. */
  get(channel: StreamID, thread: EventID | null): string | undefined {
    return this.#kept.get(keyOf(channel, thread))?.text;
  }

  /** The draft, from the engine the first time. What was typed meanwhile wins. */
  async load(channel: StreamID, thread: EventID | null): Promise<string> {
    const key = keyOf(channel, thread);
    const kept = this.#kept.get(key);
    if (kept) return kept.text;
    const { text } = await this.#api.call("channels.draft", { workspace: this.#workspace, channel, thread });
    const typed = this.#kept.get(key);
    if (typed) return typed.text;
    this.#kept.set(key, { text, saved: text, timer: undefined, channel, thread });
    this.#changes++;
    return text;
  }

  set(channel: StreamID, thread: EventID | null, text: string): void {
    const key = keyOf(channel, thread);
    const kept = this.#kept.get(key) ?? { text: "", saved: "", timer: undefined, channel, thread };
    const news = !this.#kept.has(key) || (kept.text === "") !== (text === "");
    kept.text = text;
    this.#kept.set(key, kept);
    if (news) this.#changes++;
    clearTimeout(kept.timer);
    kept.timer = setTimeout(() => void this.#save(key), draftRest);
  }

  /** Hands over everything at once: somebody leaves. */
  async flush(): Promise<void> {
    await Promise.all([...this.#kept.keys()].map((key) => this.#save(key)));
  }

  async #save(key: string): Promise<void> {
    const kept = this.#kept.get(key);
    if (!kept) return;
    clearTimeout(kept.timer);
    kept.timer = undefined;
    const { text } = kept;
    if (text === kept.saved) return;
    try {
      await this.#api.call("channels.setDraft", { workspace: this.#workspace, channel: kept.channel, thread: kept.thread, text });
      kept.saved = text;
    } catch {
      // It stays here and is handed over with the next key that is pressed.
    }
  }
}

function keyOf(channel: StreamID, thread: EventID | null): string {
  return `${channel}/${thread ?? ""}`;
}
