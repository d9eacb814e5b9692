// What is completed while somebody writes: @people, #channels, :emoji:. Pure: text and
// caret in, text and caret out.
import type { UserID } from "../../api/generated";

export type CompletionKind = "person" | "channel" | "emoji";

/** What stands before the caret and asks for completion. */
export interface Asked {
  kind: CompletionKind;
  /** Where the sign stands, in UTF-16 units. */
  start: number;
  query: string;
}

/** Text with the caret, or what is selected. */
export interface Edited {
  text: string;
  start: number;
  end: number;
}

const signs: Record<string, CompletionKind> = { "@": "person", "#": "channel", ":": "emoji" };

/** How far back a sign is looked for. */
const reach = 40;

/**
 * What is asked for at the caret; null for nothing. An emoji needs two letters, so
 * that "10:30" and ":)" stay what they are.
 */
export function askedAt(text: string, caret: number): Asked | null {
  const before = text.slice(Math.max(0, caret - reach), caret);
  const found = /(^|[\s(>"«*_~])([@#:])("?[\p{L}\p{N}\p{M}._'’+-]*(?: [\p{L}\p{N}\p{M}._'’-]+)?)$/u.exec(before);
  const sign = found?.[2];
  const kind = sign === undefined ? undefined : signs[sign];
  if (!found || !kind || inCode(text, caret)) return null;
  const word = found[3] ?? "";
  // Only names of people have spaces.
  if (kind !== "person" && word.includes(" ")) return null;
  if (kind === "emoji" && !/^[\p{L}\p{N}+-][\p{L}\p{N}_+-]+$/u.test(word)) return null;
  return { kind, start: caret - word.length - 1, query: word.replace(/^"/, "") };
}

/** Whether the caret stands in code, where nothing is a name. */
export function inCode(text: string, caret: number): boolean {
  const before = text.slice(0, caret);
  const fences = before.match(/^ {0,3}(?:`{3,}|~{3,})/gmu)?.length ?? 0;
  if (fences % 2 === 1) return true;
  const line = before.slice(before.lastIndexOf("\n") + 1);
  return !/^ {0,3}`{3,}/u.test(line) && (line.match(/`/g)?.length ?? 0) % 2 === 1;
}

/** A name as the engine finds it again: in quotes where it has spaces or other signs. */
export function mentionOf(name: string): string {
  return /^[\p{L}\p{Nd}\p{Mn}._-]*[\p{L}\p{Nd}\p{Mn}_]$/u.test(name) ? `@${name}` : `@"${name}"`;
}

/** Whether a name can be written at all; otherwise the id stands for it. */
export function isWritable(name: string): boolean {
  return name !== "" && !/["\r\n]/.test(name) && new TextEncoder().encode(name).length <= 200;
}

/** Puts a choice in the place of what was asked, with a space after it. */
export function complete(text: string, asked: Asked, caret: number, choice: string): Edited {
  const after = text.slice(caret);
  const space = /^\s/.test(after) ? "" : " ";
  const at = asked.start + choice.length + 1;
  return { text: text.slice(0, asked.start) + choice + space + after, start: at, end: at };
}

/** A completion that is offered. */
export interface Choice {
  kind: CompletionKind;
  key: string;
  /** What is written. */
  insert: string;
  label: string;
  /** A second line or word: an id, a topic. */
  hint: string;
  /** Who is mentioned by it. */
  user?: UserID;
  emoji?: string;
}
