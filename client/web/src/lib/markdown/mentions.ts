import type { Inline } from "./tree";

// The same names that the engine finds (workspace/chat, ParseMentions): an @ that no
// such character precedes, then letters, digits, marks and . _ -, not ending with . or -.
const mention = /(?<![\p{L}\p{Nd}\p{Mn}._-])@([\p{L}\p{Nd}\p{Mn}._-]+)/gu;

/** The longest name, in UTF-16 units; what is longer stays text. */
const maxName = 200;

/** Cuts @names out of text. */
export function splitMentions(text: string, make: (text: string) => Inline): Inline[] {
  if (!text.includes("@")) return [make(text)];
  const out: Inline[] = [];
  let from = 0;
  for (const match of text.matchAll(mention)) {
    const name = (match[1] ?? "").replace(/[.-]+$/u, "");
    if (name === "" || name.length > maxName) continue;
    if (match.index > from) out.push(make(text.slice(from, match.index)));
    out.push({ kind: "mention", name });
    from = match.index + 1 + name.length;
  }
  if (from < text.length) out.push(make(text.slice(from)));
  return out;
}
