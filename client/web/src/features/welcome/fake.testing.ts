// An engine that answers as a test says, for the tests of this feature.
import type { Calls, Change, Code, Failure } from "../../api/generated";
import type { Api } from "../../app/engine";

type Answer = (params: Record<string, unknown>) => unknown;

export class FakeApi implements Api {
  readonly calls: [string, Record<string, unknown>][] = [];
  readonly answers: Partial<Record<keyof Calls, Answer>> = {};

  call<N extends keyof Calls>(name: N, params: Calls[N]["params"]): Promise<Calls[N]["answer"]> {
    this.calls.push([name, params as Record<string, unknown>]);
    const answer = this.answers[name];
    if (!answer) return Promise.resolve({} as Calls[N]["answer"]);
    return Promise.resolve().then(() => answer(params as Record<string, unknown>) as Calls[N]["answer"]);
  }

  readonly #listeners = new Set<(change: Change) => void>();

  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get listening(): number {
    return this.#listeners.size;
  }

  tell(kind: Change["kind"]): void {
    for (const listener of this.#listeners) listener({ kind, workspace: null, channel: null, user: null, typing: false, presence: "", notify: "" });
  }

  /** Lets a call fail with a code. */
  refuse(name: keyof Calls, code: Code): void {
    this.answers[name] = () => {
      throw failure(code);
    };
  }
}

/** What the engine's client rejects with. */
class Refused extends Error {
  readonly failure: Failure;

  constructor(code: Code) {
    super(code);
    this.failure = { code, message: { en: `en ${code}`, fr: `fr ${code}` }, detail: "d", retryAfter: 0, misbehaved: false };
  }
}

export function failure(code: Code): Error {
  return new Refused(code);
}
