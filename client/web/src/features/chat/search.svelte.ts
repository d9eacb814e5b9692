// Looking for messages: words and filters become the engine's query, and only the
// answer to the newest question is shown.
import type { Found, StreamID, WorkspaceID } from "../../api/generated";
import { refusalOf, type Api, type Refusal } from "./api";

/** How long typing rests before anything is looked for, and how many results there are, in milliseconds and messages. */
export const searchRest = 120;
export const mostFound = 100;

export interface Filters {
  /** A person's id. */
  from: string;
  /** A channel's id. */
  in: string;
  /** Days, as 2026-03-01. */
  after: string;
  before: string;
  link: boolean;
}

export const noFilters: Filters = { from: "", in: "", after: "", before: "", link: false };

/** The query of words and filters, as search.Parse reads it. Ids are what cannot be mistaken. */
export function queryOf(words: string, filters: Filters): string {
  const parts = [filters.from && `from:${filters.from}`, filters.in && `in:${filters.in}`, filters.after && `after:${filters.after}`, filters.before && `before:${filters.before}`, filters.link ? "has:link" : ""].filter((part) => part !== "");
  // Words last: the last one may go on.
  return [...parts, words.trim()].filter((part) => part !== "").join(" ");
}

/** A piece of a found text, marked where it is what was looked for. */
export interface Piece {
  text: string;
  marked: boolean;
}

/** How much of a text is shown around the first mark, in UTF-16 units. */
const around = 90;
const longest = 280;

/** The part of a found message around its first mark, in pieces. */
export function piecesOf(found: Pick<Found, "text" | "marks">): Piece[] {
  const marks = [...found.marks].sort((a, b) => a.start - b.start);
  const first = marks[0]?.start ?? 0;
  const from = first > around + 20 ? wordStart(found.text, first - around) : 0;
  const to = Math.min(found.text.length, from + longest);
  const out: Piece[] = from > 0 ? [{ text: "…", marked: false }] : [];
  let at = from;
  for (const mark of marks) {
    if (mark.start < at || mark.end > to || mark.end <= mark.start) continue;
    if (mark.start > at) out.push({ text: found.text.slice(at, mark.start), marked: false });
    out.push({ text: found.text.slice(mark.start, mark.end), marked: true });
    at = mark.end;
  }
  if (at < to) out.push({ text: found.text.slice(at, to), marked: false });
  if (to < found.text.length) out.push({ text: "…", marked: false });
  return out;
}

function wordStart(text: string, from: number): number {
  const space = text.indexOf(" ", from);
  return space >= 0 && space - from < 30 ? space + 1 : from;
}

export class Search {
  readonly #api: Api;
  readonly #workspace: WorkspaceID;
  readonly #channel: StreamID | null;
  #words = $state("");
  #filters = $state.raw<Filters>(noFilters);
  #found = $state.raw<readonly Found[]>([]);
  #status = $state<"idle" | "searching" | "done" | "failed">("idle");
  #refusal = $state.raw<Refusal | null>(null);
  #chosen = $state(0);
  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** channel, unless null, is the only one that is looked through. */
  constructor(api: Api, workspace: WorkspaceID, channel: StreamID | null) {
    this.#api = api;
    this.#workspace = workspace;
    this.#channel = channel;
  }

  get words(): string {
    return this.#words;
  }
  set words(words: string) {
    this.#words = words;
    this.#later();
  }

  get filters(): Filters {
    return this.#filters;
  }
  set filters(filters: Filters) {
    this.#filters = filters;
    this.#later();
  }

  get found(): readonly Found[] {
    return this.#found;
  }
  get status(): "idle" | "searching" | "done" | "failed" {
    return this.#status;
  }
  get refusal(): Refusal | null {
    return this.#refusal;
  }
  /** There may be more than what is listed. */
  get full(): boolean {
    return this.#found.length >= mostFound;
  }

  /** The result that Enter opens. */
  get chosen(): number {
    return this.#chosen;
  }
  move(step: 1 | -1): void {
    this.#chosen = Math.max(0, Math.min(this.#chosen + step, this.#found.length - 1));
  }

  /** Looks now. */
  async run(): Promise<void> {
    clearTimeout(this.#timer);
    const query = queryOf(this.#words, this.#filters);
    const asked = ++this.#asked;
    if (query === "") {
      this.#found = [];
      this.#status = "idle";
      return;
    }
    try {
      const { found } = await this.#api.call("search.messages", { workspace: this.#workspace, query, channel: this.#channel, limit: mostFound });
      if (asked !== this.#asked) return;
      this.#found = found;
      this.#status = "done";
      this.#refusal = null;
    } catch (error) {
      if (asked !== this.#asked) return;
      this.#refusal = refusalOf(error);
      this.#status = "failed";
    }
    this.#chosen = 0;
  }

  #later(): void {
    clearTimeout(this.#timer);
    if (queryOf(this.#words, this.#filters) !== "") this.#status = this.#status === "idle" ? "searching" : this.#status;
    this.#timer = setTimeout(() => void this.run(), searchRest);
  }
}
