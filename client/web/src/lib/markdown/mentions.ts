import type { Inline } from "./tree";

// The same names that the engine finds (workspace/chat, ParseMentions): an @ that no
// such character precedes, then letters, digits, marks and . _ -, not ending with . or -;
// or what stands between two " after the @, on one line.
const mention = /(?<![\p{L}\p{Nd}\p{Mn}._-])@(?:"([^"\r\n]{1,200})"|([\p{L}\p{Nd}\p{Mn}._-]+))/gu;

/** The longest name, in UTF-16 units; what is longer stays text. */
const maxName = 200;

/** Cuts @names out of text. */
export function splitMentions(text: string, make: (text: string) => Inline): Inline[] {
  if (!text.includes("@")) return [make(text)];
  const out: Inline[] = [];
  let from = 0;
  for (const match of text.matchAll(mention)) {
    const quoted = match[1];
    const name = quoted ?? (match[2] ?? "").replace(/[.-]+$/u, "");
    if (name === "" || name.length > maxName) continue;
    if (match.index > from) out.push(make(text.slice(from, match.index)));
    out.push({ kind: "mention", name });
    from = match.index + 1 + name.length + (quoted === undefined ? 0 : 2);
  }
  if (from < text.length) out.push(make(text.slice(from)));
  return out;
}
