// What the toolbar and the keys of the composer do to Markdown. Pure.
import type { Edited } from "./completion";

export type Format = "bold" | "italic" | "strike" | "code" | "quote" | "list" | "numbered" | "block" | "link";

const around: Partial<Record<Format, string>> = { bold: "**", italic: "*", strike: "~~", code: "`" };

/** The text with the selection put into a format, or taken out of it. */
export function format(kind: Format, edited: Edited): Edited {
  const mark = around[kind];
  if (mark !== undefined) return wrap(edited, mark);
  switch (kind) {
    case "quote":
      return prefix(edited, () => "> ", /^> ?/);
    case "list":
      return prefix(edited, () => "- ", /^[-*] /);
    case "numbered":
      return prefix(edited, (i) => `${i + 1}. `, /^\d+\. /);
    case "link":
      return link(edited);
    default:
      return block(edited);
  }
}

function wrap({ text, start, end }: Edited, mark: string): Edited {
  const inside = text.slice(start, end);
  const n = mark.length;
  if (text.slice(start - n, start) === mark && text.slice(end, end + n) === mark && start >= n) {
    return { text: text.slice(0, start - n) + inside + text.slice(end + n), start: start - n, end: end - n };
  }
  return { text: text.slice(0, start) + mark + inside + mark + text.slice(end), start: start + n, end: end + n };
}

function prefix({ text, start, end }: Edited, sign: (i: number) => string, has: RegExp): Edited {
  const from = text.lastIndexOf("\n", start - 1) + 1;
  const next = text.indexOf("\n", end);
  const to = next < 0 ? text.length : next;
  const lines = text.slice(from, to).split("\n");
  const off = lines.every((line) => has.test(line));
  const changed = lines.map((line, i) => (off ? line.replace(has, "") : sign(i) + line)).join("\n");
  const caret = from + changed.length;
  return { text: text.slice(0, from) + changed + text.slice(to), start: lines.length > 1 ? from : caret, end: caret };
}

function block({ text, start, end }: Edited): Edited {
  const lead = start === 0 || text[start - 1] === "\n" ? "```\n" : "\n```\n";
  const inside = text.slice(start, end);
  const tail = text[end] === "\n" || end === text.length ? "\n```" : "\n```\n";
  return { text: text.slice(0, start) + lead + inside + tail + text.slice(end), start: start + lead.length, end: start + lead.length + inside.length };
}

function link({ text, start, end }: Edited): Edited {
  const words = text.slice(start, end);
  const isAddress = /^https?:\/\/\S+$/.test(words);
  const inside = isAddress ? `[](${words})` : `[${words}]()`;
  const caret = isAddress ? start + 1 : words === "" ? start + 1 : start + words.length + 3;
  return { text: text.slice(0, start) + inside + text.slice(end), start: caret, end: caret };
}

const encoder = new TextEncoder();

/** The length of a text as the engine counts it, in octets of UTF-8. */
export function octets(text: string): number {
  return encoder.encode(text).length;
}

/** schema.MaxMessage: the octets of one message. */
export const maxMessage = 64 * 1024;

/** schema.MaxName and MaxTopic, in octets. */
export const maxName = 200;
export const maxTopic = 1000;

/** From where on the length is shown: nobody counts before. */
export const showLengthFrom = maxMessage * 0.8;

/** What a key makes of Enter within a list or a quote: the next line begins as this one; null for a plain new line. */
export function continueLine({ text, start, end }: Edited): Edited | null {
  if (start !== end) return null;
  const from = text.lastIndexOf("\n", start - 1) + 1;
  const line = text.slice(from, start);
  const found = /^(\s*)(?:([-*]) |(\d+)\. |(> ))(.*)$/.exec(line);
  if (!found) return null;
  const [, indent = "", bullet, number, quote, rest = ""] = found;
  // An empty item ends the list.
  if (rest === "") return { text: text.slice(0, from) + text.slice(start), start: from, end: from };
  const sign = bullet !== undefined ? `${bullet} ` : number !== undefined ? `${Number(number) + 1}. ` : (quote ?? "");
  const added = `\n${indent}${sign}`;
  return { text: text.slice(0, start) + added + text.slice(end), start: start + added.length, end: start + added.length };
}
