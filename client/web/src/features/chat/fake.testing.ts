// A little engine for the tests of this feature: one channel in memory, with the
// answers that client/api gives.
import { vi } from "vitest";
import type { Calls, Change, ChangeKind, Channel, Code, Failure, Message, Person, Window } from "../../api/generated";
import type { Api } from "./api";

export const workspace = "w_1";
export const channel = "s_1";
export const me = "u_me";
export const other = "u_other";

export function message(seq: number, more: Partial<Message> = {}): Message {
  return {
    id: `e_${seq}`, seq, author: other, at: 1_750_000_000_000 + seq * 1000, doubtful: false, pending: false, text: `message ${seq}`, replyTo: null, thread: null, mentions: [], everyone: false,
    versions: [], reactions: [], pinned: false, deletedBy: null, erased: false, replies: 0, lastReply: 0, doubts: [], ...more,
  };
}

export function person(user: string, name: string, more: Partial<Person> = {}): Person {
  return { user, name, role: "member", fingerprint: "f", verified: false, keyChanged: false, looksLike: false, pending: false, self: user === me, lookalikes: [], firstSeen: 0, verifiedAt: 0, devices: 1, presence: "", ...more };
}

export function room(id: string, more: Partial<Channel> = {}): Channel {
  return { id, kind: "open", name: id, topic: "", archived: false, members: [me, other], unread: 0, mentions: 0, draft: false, last: 0, waiting: 0, stopped: false, mayChange: true, ...more };
}

export function change(kind: ChangeKind, more: Partial<Change> = {}): Change {
  return { kind, workspace, channel, user: null, typing: false, presence: "", notify: "", ...more };
}

type Answers = { [N in keyof Calls]?: (params: Calls[N]["params"]) => Calls[N]["answer"] | Promise<Calls[N]["answer"]> };

/** An Api whose answers a test sets, and whose changes it tells. */
export class Fake implements Api {
  messages: Message[] = [];
  pending: Message[] = [];
  readUp = 0;
  answers: Answers = {};
  readonly calls: { name: string; params: unknown }[] = [];
  readonly #listeners = new Set<(change: Change) => void>();

  constructor(answers: Answers = {}) {
    this.answers = {
      "messages.window": (p) => this.window(p.seq, p.before, p.after),
      "messages.around": (p) => this.window(this.messages.find((one) => one.id === p.message)?.seq ?? 0, p.before, p.after),
      "settings.get": () => ({ values: {}, strict: false }),
      ...answers,
    };
  }

  get head(): number {
    return this.messages.at(-1)?.seq ?? 0;
  }

  window(seq: number, before: number, after: number): Window {
    const all = this.messages.filter((one) => one.thread === null);
    const at = seq === 0 ? all.length : all.findIndex((one) => one.seq >= seq);
    const i = at < 0 ? all.length : at;
    return { messages: all.slice(Math.max(0, i - before), i + after), atStart: i - before <= 0, atEnd: i + after >= all.length, pending: this.pending, head: this.head, readUp: this.readUp };
  }

  async call<N extends keyof Calls>(name: N, params: Calls[N]["params"]): Promise<Calls[N]["answer"]> {
    this.calls.push({ name, params });
    const answer = this.answers[name];
    // What a test gives no answer for says nothing.
    const nothing: unknown = {};
    return answer ? answer(params) : (nothing as Calls[N]["answer"]);
  }

  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(told: Change): void {
    for (const listener of this.#listeners) listener(told);
  }

  called(name: keyof Calls): unknown[] {
    return this.calls.filter((one) => one.name === name).map((one) => one.params);
  }
}

/** A refusal as a call rejects with it. */
export class Refused extends Error {
  readonly failure: Failure;

  constructor(code: Code, sentence: string) {
    super(code);
    this.failure = { code, message: { en: sentence, fr: sentence }, detail: "", retryAfter: 0, misbehaved: false };
  }
}

/** Lets what was promised happen. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 12; i++) await Promise.resolve();
  if (vi.isFakeTimers()) await vi.advanceTimersByTimeAsync(0);
}
