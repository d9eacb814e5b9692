// What was checked of a channel's protection, read again when people, keys or findings change.
import type { Shield, StreamID, WorkspaceID } from "../../api/generated";
import { Answer } from "../../app/loaded.svelte";
import { isAbout, type Api } from "./api";

export function shieldOf(api: Api, workspace: WorkspaceID, channel: StreamID): Answer<Shield | null> {
  return new Answer<Shield | null>(
    api,
    null,
    (from) => from.call("security.shield", { workspace, channel }),
    (change) => ["all", "people", "security", "channels"].includes(change.kind) && isAbout(change, workspace),
  );
}
