// What was checked of one channel's protection.
import type { Reader, Shield, StreamID, WorkspaceID } from "../../api/generated";
import { concerns, type Api, type Refusal } from "../../app/engine";
import { Answer, type Status } from "../../app/loaded.svelte";
import { format } from "../../i18n";
import { text } from "./text";

export class ChannelShield {
  readonly #answer: Answer<Shield | null>;

  constructor(api: Api, workspace: WorkspaceID, channel: StreamID) {
    this.#answer = new Answer<Shield | null>(api, null, (from) => from.call("security.shield", { workspace, channel }), (change) => concerns(change, ["security", "people", "channels"], workspace));
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

  get shield(): Shield | null {
    return this.#answer.value;
  }

  /** Readers whose keys deserve a look first, then by name; the user at the end. */
  get readers(): readonly Reader[] {
    const weight = (one: Reader) => (one.trust === "key-changed" ? 0 : one.looksLike ? 1 : one.trust === "self" ? 3 : 2);
    return [...(this.shield?.readers ?? [])].sort((a, b) => weight(a) - weight(b) || a.name.localeCompare(b.name));
  }
}

/** What is known of a reader's key, with since when. */
export function trustOf(reader: Reader): string {
  if (reader.trust === "verified" && reader.verifiedAt > 0) return text().shield.verifiedOn(format().date(reader.verifiedAt));
  if (reader.trust === "first-contact" && reader.firstSeen > 0) return text().shield.firstOn(format().date(reader.firstSeen));
  return text().shield.trust[reader.trust];
}
