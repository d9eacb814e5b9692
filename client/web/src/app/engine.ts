// What screens need of the engine, and what they make of its refusals. main.ts gives
// the real one; tests give their own.
import type { Calls, Change, ChangeKind, Code, Failure, WorkspaceID } from "../api/generated";
import { locale } from "../i18n";
import { text } from "./text";

export interface Api {
  call<N extends keyof Calls>(name: N, params: Calls[N]["params"]): Promise<Calls[N]["answer"]>;
  /** Calls the listener with each change until the returned function is called. */
  onChange(listener: (change: Change) => void): () => void;
}

/** Why a call did not succeed, as people read it. */
export interface Refusal {
  code: Code;
  /** One sentence in the language in force: what happened and what it means. */
  sentence: string;
  /** For an expert who asks. */
  detail: string;
  /** The server was caught. */
  misbehaved: boolean;
}

function isFailure(value: unknown): value is Failure {
  return value !== null && typeof value === "object" && "code" in value && typeof value.code === "string" && "message" in value && value.message !== null && typeof value.message === "object";
}

/** What a rejected call says to people; what is not the engine's is an internal fault. */
export function refusalOf(error: unknown): Refusal {
  const inner = error !== null && typeof error === "object" && "failure" in error ? error.failure : error;
  if (!isFailure(inner)) return { code: "internal", sentence: text().internal, detail: "", misbehaved: false };
  return { code: inner.code, sentence: inner.message[locale.language] ?? text().internal, detail: inner.detail, misbehaved: inner.misbehaved };
}

/** Whether a change is of one of these kinds, or may be of any; with a workspace, only where that one may be concerned. */
export function concerns(change: Change, kinds: readonly ChangeKind[], workspace?: WorkspaceID): boolean {
  if (change.kind === "all") return true;
  return kinds.includes(change.kind) && (workspace === undefined || change.workspace === null || change.workspace === workspace);
}

/**
 * Makes a function that runs at most once at a time: calls during a run share one
 * further run, which begins after it and so sees what they are about.
 */
export function coalesce(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  const begin = () => {
    const mine = run().finally(() => {
      if (running === mine) running = null;
    });
    running = mine;
    return mine;
  };
  return () => {
    if (!running) return begin();
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = null;
        return begin();
      });
    return next;
  };
}
