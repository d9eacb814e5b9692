// What somebody wants to be told of outside the page, as settings.get keeps it for all
// devices. Whether a device shows notices at all is up to the browser (permission).
import type { Change, StreamID } from "../../api/generated";

/** mentions are those that name the user, and direct messages. */
export const levels = ["mentions", "all", "none"] as const;
export type Level = (typeof levels)[number];

/** The keys of client/api/settings.go. */
export const wishKeys = { level: "notifications", sounds: "sounds", muted: "muted" } as const;

export interface Wishes {
  level: Level;
  sounds: boolean;
  /** Channels of which nothing is told. */
  muted: ReadonlySet<StreamID>;
}

/** The wishes in the values of settings.get; what is not set is the quiet choice. */
export function wishesOf(values: Readonly<Record<string, string>>): Wishes {
  return {
    level: levels.find((level) => level === values[wishKeys.level]) ?? "mentions",
    sounds: values[wishKeys.sounds] === "true",
    muted: new Set((values[wishKeys.muted] ?? "").split(" ").filter((id) => id !== "")),
  };
}

/** Whether somebody with these wishes wants to be told of a change. */
export function wants(wishes: Wishes, change: Change): boolean {
  if (change.notify === "" || wishes.level === "none") return false;
  if (change.channel !== null && wishes.muted.has(change.channel)) return false;
  return wishes.level === "all" || change.notify !== "message";
}
