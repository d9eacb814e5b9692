// What is being written in one place: a channel or a thread. New text, an answer to a
// message, or a further version of one.
/* eslint-disable svelte/prefer-svelte-reactivity -- state is replaced as a whole; what is no state draws nothing */
import type { EventID, Message, StreamID, UserID } from "../../api/generated";
import { find } from "../../lib/fuzzy";
import { complete, askedAt, isWritable, mentionOf, type Asked, type Choice, type Edited } from "./completion";
import type { Drafts } from "./drafts.svelte";
import type { Words } from "./echoes.svelte";
import { findEmoji } from "./emoji";
import { maxMessage, octets, showLengthFrom } from "./format";
import { everyoneWords, type People, shortID } from "./people.svelte";
import { text } from "./text";
import type { TypingSender } from "./typing.svelte";

/** How many completions are offered. */
const mostChoices = 8;

export interface ComposerOptions {
  channel: StreamID;
  thread: EventID | null;
  people: People;
  drafts: Drafts;
  typing: TypingSender;
  /** Who reads here: offered first, and everyone else not at all. */
  members: () => readonly UserID[];
  channels: (query: string, limit: number) => readonly { id: StreamID; name: string; topic: string }[];
  send: (words: Words) => void;
  edit: (message: Message, text: string, mentions: readonly UserID[]) => void;
  /** The user's own last message that can be edited. */
  lastOwn: () => Message | undefined;
}

export class Composer {
  readonly #options: ComposerOptions;
  #text = $state("");
  #replyTo = $state.raw<Message | null>(null);
  #editing = $state.raw<Message | null>(null);
  #asked = $state.raw<Asked | null>(null);
  #choices = $state.raw<readonly Choice[]>([]);
  #chosen = $state(0);
  /** What was being written before an edit began. */
  #aside = "";
  /** Those whom the completion put in, by what stands in the text for them. */
  readonly #named = new Map<string, UserID>();
  #size = $derived(this.#text.length < showLengthFrom / 3 ? this.#text.length : octets(this.#text));

  constructor(options: ComposerOptions) {
    this.#options = options;
  }

  get text(): string {
    return this.#text;
  }
  get replyTo(): Message | null {
    return this.#replyTo;
  }
  get editing(): Message | null {
    return this.#editing;
  }
  get choices(): readonly Choice[] {
    return this.#choices;
  }
  get chosen(): number {
    return this.#chosen;
  }
  /** Octets written, once that is worth knowing; null before. */
  get length(): number | null {
    return this.#size >= showLengthFrom ? this.#size : null;
  }
  /** Octets too many; 0 while it fits. */
  get excess(): number {
    return Math.max(0, this.#size - maxMessage);
  }
  get canSend(): boolean {
    return this.#text.trim() !== "" && this.excess === 0;
  }

  /** Takes the draft over; what was typed before it came stays. */
  async load(): Promise<void> {
    const draft = await this.#options.drafts.load(this.#options.channel, this.#options.thread);
    if (this.#text === "" && this.#editing === null) this.#text = draft;
  }

  /** A key was pressed: text and caret are now so. */
  input(value: string, caret: number): void {
    this.#text = value;
    if (this.#editing === null) this.#options.drafts.set(this.#options.channel, this.#options.thread, value);
    if (value.trim() === "") this.#options.typing.stop();
    else if (this.#editing === null) this.#options.typing.pressed();
    this.look(caret);
  }

  /** Looks at what the caret asks for. */
  look(caret: number): void {
    const asked = askedAt(this.#text, caret);
    const choices = asked ? this.#find(asked) : [];
    if (asked?.query !== this.#asked?.query || asked?.start !== this.#asked?.start) this.#chosen = 0;
    this.#asked = asked;
    this.#choices = choices;
    this.#chosen = Math.min(this.#chosen, Math.max(0, choices.length - 1));
  }

  closeChoices(): void {
    this.#choices = [];
    this.#asked = null;
  }

  /** Moves the choice; it goes round. */
  move(step: 1 | -1): void {
    const n = this.#choices.length;
    if (n > 0) this.#chosen = (this.#chosen + step + n) % n;
  }

  choose(index: number): void {
    this.#chosen = index;
  }

  /** Puts the chosen completion into the text; null when there is none. */
  accept(caret: number): Edited | null {
    const choice = this.#choices[this.#chosen];
    if (!choice || !this.#asked) return null;
    const edited = complete(this.#text, this.#asked, caret, choice.insert);
    if (choice.user !== undefined) this.#named.set(choice.insert, choice.user);
    this.closeChoices();
    this.put(edited.text);
    return edited;
  }

  /** Replaces the text, as the toolbar does. */
  put(value: string): void {
    this.#text = value;
    if (this.#editing === null) this.#options.drafts.set(this.#options.channel, this.#options.thread, value);
  }

  reply(message: Message): void {
    this.cancelEdit();
    this.#replyTo = message;
  }

  cancelReply(): void {
    this.#replyTo = null;
  }

  edit(message: Message): void {
    if (this.#editing === null) this.#aside = this.#text;
    this.#replyTo = null;
    this.#editing = message;
    this.#text = message.text;
    this.closeChoices();
  }

  /** The last own message, when nothing else is written; true if there is one. */
  editLast(): boolean {
    const message = this.#text === "" && this.#editing === null ? this.#options.lastOwn() : undefined;
    if (!message) return false;
    this.edit(message);
    return true;
  }

  cancelEdit(): void {
    if (this.#editing === null) return;
    this.#editing = null;
    this.#text = this.#aside;
    this.#aside = "";
    this.closeChoices();
  }

  /** Sends what is written; false when there is nothing, or too much. */
  submit(): boolean {
    if (!this.canSend) return false;
    const value = this.#text.trim();
    const mentions = [...new Set([...this.#named].filter(([written]) => value.includes(written)).map(([, user]) => user))];
    const editing = this.#editing;
    this.closeChoices();
    this.#options.typing.stop();
    if (editing) {
      this.cancelEdit();
      if (value !== editing.text) this.#options.edit(editing, value, mentions);
      return true;
    }
    const replyTo = this.#replyTo?.id ?? null;
    this.#replyTo = null;
    this.#text = "";
    this.#named.clear();
    this.#options.drafts.set(this.#options.channel, this.#options.thread, "");
    this.#options.send({ text: value, replyTo, mentions });
    return true;
  }

  #find(asked: Asked): Choice[] {
    switch (asked.kind) {
      case "person":
        return this.#findPeople(asked.query);
      case "channel":
        return this.#options.channels(asked.query, mostChoices).map((channel) => ({ kind: "channel", key: channel.id, insert: `#${channel.name}`, label: channel.name, hint: channel.topic }));
      case "emoji":
        return findEmoji(asked.query, mostChoices).map((one) => ({ kind: "emoji", key: one.emoji, insert: one.emoji, label: one.name, hint: "", emoji: one.emoji }));
    }
  }

  #findPeople(query: string): Choice[] {
    const { people } = this.#options;
    const members = new Set(this.#options.members());
    const here = people.all.filter((person) => members.has(person.user) && !person.self && !person.pending);
    const found = find(query, here, (person) => person.name || person.user, mostChoices).map((person): Choice => {
      // A name that two people have, or that cannot be written, stands as the id, which is one person's.
      const clear = isWritable(person.name) && people.called(person.name).length === 1;
      return { kind: "person", key: person.user, insert: clear ? mentionOf(person.name) : `@${person.user}`, label: people.name(person.user), hint: clear && !person.looksLike ? "" : shortID(person.user), user: person.user };
    });
    const words = everyoneWords.filter((word) => query !== "" && word.startsWith(query.toLowerCase()));
    const word = words[0] ?? (query === "" ? text().everyone.word : undefined);
    return word === undefined ? found : [...found.slice(0, mostChoices - 1), { kind: "person", key: "everyone", insert: `@${word}`, label: `@${word}`, hint: text().everyone.hint(members.size) }];
  }
}
