// The channels that somebody muted, with their names, in all workspaces.
import type { StreamID } from "../../api/generated";
import { concerns, type Api } from "../../app/engine";
import { Answer, type Status } from "../../app/loaded.svelte";

/** What is known of a channel that is muted. */
export interface Named {
  id: StreamID;
  /** "" for a direct conversation, and for a channel without a name. */
  name: string;
  direct: boolean;
  workspace: string;
}

export class MutedChannels {
  readonly #answer: Answer<ReadonlyMap<StreamID, Named>>;

  constructor(api: Api) {
    this.#answer = new Answer<ReadonlyMap<StreamID, Named>>(api, byID([]), (from) => read(from), (change) => concerns(change, ["channels", "workspaces"]));
  }

  start(): () => void {
    return this.#answer.start();
  }

  get status(): Status {
    return this.#answer.status;
  }

  /** The channels of a setting, by workspace and name; unknown ones last. */
  of(muted: ReadonlySet<StreamID>): { id: StreamID; known: Named | null }[] {
    const key = (known: Named | null) => (known === null ? "\uffff" : `${known.workspace}\u0000${known.name}`);
    return [...muted].map((id) => ({ id, known: this.#answer.value.get(id) ?? null })).sort((a, b) => key(a.known).localeCompare(key(b.known)));
  }
}

function byID(all: readonly Named[]): ReadonlyMap<StreamID, Named> {
  return new Map(all.map((one) => [one.id, one]));
}

async function read(api: Api): Promise<ReadonlyMap<StreamID, Named>> {
  const out: Named[] = [];
  const { workspaces } = await api.call("workspaces.list", {});
  for (const { id, name: workspace, offered, removed } of workspaces) {
    if (offered || removed) continue;
    const { channels } = await api.call("channels.list", { workspace: id });
    for (const channel of channels) out.push({ id: channel.id, name: channel.name, direct: channel.kind === "direct", workspace });
  }
  return byID(out);
}

/** The setting without one of its channels. */
export function without(muted: ReadonlySet<StreamID>, id: StreamID): string {
  return [...muted].filter((other) => other !== id).join(" ");
}
