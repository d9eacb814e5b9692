// What pages and the service worker say to each other. Nothing of it is content: a
// notice outside the page says that there is something, and where.

/** What a page tells the service worker. */
export type Order =
  /** The new version may take over: somebody asked for it. */
  | { kind: "activate" }
  /** A page of this version has started. */
  | { kind: "started" }
  /** Shows a notice, unless a page of the app is seen. */
  | { kind: "notify"; notice: Notice }
  /** The page is seen: notices are old. */
  | { kind: "seen" };

/** A notice outside the page, with words that say nothing of what was written. */
export interface Notice {
  /** Notices with the same tag are one. */
  tag: string;
  title: string;
  /** The sentence for the first, and the one for more under the same tag. */
  body: string;
  again: string;
  /** The place to go to, and the one when several places are meant: addresses of the app. */
  place: string;
  places: string;
  silent: boolean;
}

/** What the service worker tells a page: somebody chose a notice. */
export interface Told {
  kind: "go";
  place: string;
}

/** An address within the app, without query or fragment. */
export function isPlace(value: unknown): value is string {
  return typeof value === "string" && value.length <= 1024 && /^\/(?!\/)[\w/.~-]*$/.test(value);
}

function isShort(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= 200;
}

function isNotice(value: unknown): value is Notice {
  if (value === null || typeof value !== "object") return false;
  const notice = value as Record<string, unknown>;
  return isShort(notice["tag"]) && isShort(notice["title"]) && isShort(notice["body"]) && isShort(notice["again"]) && isPlace(notice["place"]) && isPlace(notice["places"]) && typeof notice["silent"] === "boolean";
}

/** What a page said, or null where it is none of ours. */
export function asOrder(data: unknown): Order | null {
  if (data === null || typeof data !== "object" || !("kind" in data)) return null;
  switch (data.kind) {
    case "activate":
    case "started":
    case "seen":
      return { kind: data.kind };
    case "notify":
      return "notice" in data && isNotice(data.notice) ? { kind: "notify", notice: data.notice } : null;
    default:
      return null;
  }
}

/** What the service worker said, or null where it is none of ours. */
export function asTold(data: unknown): Told | null {
  if (data === null || typeof data !== "object" || !("kind" in data) || data.kind !== "go") return null;
  return "place" in data && isPlace(data.place) ? { kind: "go", place: data.place } : null;
}
