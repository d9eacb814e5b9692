// From messages to the rows of a timeline: days, the mark of what is unread, and
// messages in groups of one author. Pure, so that it can be tested.
import type { Message } from "../../api/generated";
import { dayNumber } from "../../lib/dates";
import type { Echo } from "./echoes.svelte";

/** What became of an own message: on its way, waiting for the server, refused, or stored. */
export type SendState = "sending" | "waiting" | "failed" | "sent";

export interface MessageRow {
  kind: "message";
  key: string;
  message: Message;
  /** The first of a group: author and time stand above it. */
  head: boolean;
  state: SendState;
  /** The echo of what was written here, while the engine does not know it. */
  echo: Echo | null;
}

export type Row = { kind: "day"; key: string; at: number } | { kind: "unread"; key: string } | MessageRow;

/** One line of the timeline before it is arranged. */
export interface Entry {
  key: string;
  message: Message;
  state: SendState;
  echo: Echo | null;
}

/** How long one goes on speaking, in milliseconds. */
const groupTime = 5 * 60_000;

export function isGone(message: Message): boolean {
  return message.deletedBy !== null || message.erased;
}

/** Whether a message goes on where the one before ended. */
function follows(before: Message, message: Message): boolean {
  return before.author === message.author && message.at - before.at < groupTime && message.at >= before.at && message.replyTo === null && !isGone(before) && !isGone(message) && !message.doubtful && !before.doubtful;
}

/**
 * Arranges entries, oldest first. unreadAfter is the sequence after which the mark
 * of unread stands, before the first message of somebody else than me. Rows that did not change
 * are those of before, the same objects.
 */
export function arrange(entries: readonly Entry[], options: { me: string; unreadAfter: number | null; before?: readonly Row[] }): Row[] {
  const known = new Map(options.before?.map((row) => [row.key, row]));
  const rows: Row[] = [];
  const days = new Map<number, number>();
  let day: number | null = null;
  let last: Message | null = null;
  let marked = options.unreadAfter === null;
  for (const entry of entries) {
    const { message } = entry;
    // Nobody's wrong clock makes a day (E12).
    const its: number = message.doubtful && day !== null ? day : dayNumber(message.at);
    if (its !== day) {
      const times = days.get(its) ?? 0;
      days.set(its, times + 1);
      rows.push(kept(known, { kind: "day", key: times === 0 ? `day-${its}` : `day-${its}-${times}`, at: message.at }));
      day = its;
      last = null;
    }
    if (!marked && message.seq > (options.unreadAfter ?? 0) && message.author !== options.me) {
      rows.push(kept(known, { kind: "unread", key: "unread" }));
      marked = true;
      last = null;
    }
    rows.push(kept(known, { kind: "message", ...entry, head: last === null || !follows(last, message) }));
    last = message;
  }
  return rows;
}

function kept(known: ReadonlyMap<string, Row>, row: Row): Row {
  const old = known.get(row.key);
  if (old?.kind !== row.kind) return row;
  if (row.kind === "unread") return old;
  if (row.kind === "day") return old.kind === "day" && old.at === row.at ? old : row;
  return old.kind === "message" && old.message === row.message && old.head === row.head && old.state === row.state && old.echo === row.echo ? old : row;
}

/** Fresh messages, in which those that did not change are the objects of before: they are not drawn again. */
export function keep(before: readonly Message[], fresh: readonly Message[]): Message[] {
  const known = new Map(before.map((message) => [message.id, message]));
  return fresh.map((message) => {
    const old = known.get(message.id);
    return old && JSON.stringify(old) === JSON.stringify(message) ? old : message;
  });
}
