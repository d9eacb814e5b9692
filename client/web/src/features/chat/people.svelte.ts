// Who is in a workspace: names for ids, whose an @name is, and what is to be known
// about an author. Names come from other people; ids do not lie.
/* eslint-disable svelte/prefer-svelte-reactivity -- state is replaced as a whole; what is no state draws nothing */
import type { Change, Message, Person, UserID } from "../../api/generated";
import { fold } from "../../lib/fuzzy";
import type { Presence } from "../../ui/presence";
import { coalesce, isAbout, type Api } from "./api";
import { text } from "./text";

/** What is to be known before somebody is taken for who the name says. */
export type Doubt = "keyChanged" | "looksLike" | "clock";

/** How long a sign of life counts, in milliseconds: as long as the engine remembers it. */
const presenceLife = 10 * 60_000;

/** The words that mention all, as the engine knows them (workspace/chat). */
export const everyoneWords: readonly string[] = ["everyone", "tous"];

/** An id short enough to read aloud, long enough to tell two people apart. */
export function shortID(id: string): string {
  return id.length > 12 ? `${id.slice(0, 10)}…` : id;
}

/** Presence as a dot shows it. */
function shownPresence(told: Change["presence"]): Presence {
  return told === "online" ? "online" : told === "gone" || told === "" ? "offline" : "away";
}

export class People {
  readonly #api: Api;
  readonly #workspace: string;
  #people = $state.raw<ReadonlyMap<UserID, Person>>(new Map());
  #presence = $state.raw<ReadonlyMap<UserID, { presence: Presence; at: number }>>(new Map());
  #byName = $derived.by(() => {
    const out: Record<string, Person[]> = {};
    for (const person of this.#people.values()) {
      if (person.name !== "") (out[fold(person.name)] ??= []).push(person);
    }
    return out;
  });
  #me = $derived([...this.#people.values()].find((person) => person.self));
  readonly #refresh: () => Promise<void>;

  constructor(api: Api, workspace: string) {
    this.#api = api;
    this.#workspace = workspace;
    this.#refresh = coalesce(async () => {
      const { people } = await this.#api.call("people.list", { workspace: this.#workspace });
      this.#people = new Map(people.map((person) => [person.user, person]));
    });
  }

  /** Reads and follows until the returned function is called. */
  start(): () => void {
    void this.#refresh().catch(() => undefined);
    return this.#api.onChange((change) => this.#onChange(change));
  }

  refresh(): Promise<void> {
    return this.#refresh();
  }

  #onChange(change: Change): void {
    if (!isAbout(change, this.#workspace)) return;
    if (change.kind === "people" || change.kind === "all") void this.#refresh().catch(() => undefined);
    if (change.kind === "presence" && change.user !== null) {
      this.#presence = new Map(this.#presence).set(change.user, { presence: shownPresence(change.presence), at: Date.now() });
    }
  }

  get all(): Person[] {
    return [...this.#people.values()];
  }

  get me(): Person | undefined {
    return this.#me;
  }

  get(user: UserID): Person | undefined {
    return this.#people.get(user);
  }

  /** The name to show: never empty, never an id alone that looks like a name. */
  name(user: UserID): string {
    const name = this.#people.get(user)?.name ?? "";
    return name === "" ? text().somebody(shortID(user)) : name;
  }

  /** Whether somebody is there: offline when that was long ago; undefined for nobody of this workspace. */
  presence(user: UserID, now: number): Presence | undefined {
    const told = this.#presence.get(user);
    if (told) return now - told.at > presenceLife ? "offline" : told.presence;
    const person = this.#people.get(user);
    return person && shownPresence(person.presence);
  }

  /** The people of that name, or the one of that id. */
  called(name: string): readonly Person[] {
    const one = this.#people.get(name);
    return one ? [one] : (this.#byName[fold(name)] ?? []);
  }

  /**
   * Whose an @name in a message is. Only those whom the author's signed message
   * mentions count: text alone cannot point at somebody.
   */
  mention(message: Pick<Message, "mentions" | "everyone">, name: string): { label: string; self: boolean } | null {
    if (everyoneWords.includes(name.toLowerCase())) return message.everyone ? { label: name, self: true } : null;
    const meant = this.called(name).filter((person) => message.mentions.includes(person.user));
    const [person] = meant;
    return person && meant.length === 1 ? { label: person.name || name, self: person.self } : null;
  }

  /** The reasons not to take a message at face value, gravest first. */
  doubts(message: Message): Doubt[] {
    const author = this.#people.get(message.author);
    const out: Doubt[] = [];
    if (author?.keyChanged === true || message.doubts.includes("author_key_differs")) out.push("keyChanged");
    if (author?.looksLike === true || message.doubts.includes("author_name_lookalike")) out.push("looksLike");
    if (message.doubtful || message.doubts.includes("clock_doubtful")) out.push("clock");
    return out;
  }
}
