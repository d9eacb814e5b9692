// Markdown as people write it in messages (CommonMark 0.31, tables, strikethrough,
// bare addresses) into a tree. HTML is text, pictures are links: nothing of a message
// loads by itself. Input is hostile and as long as a message may be.
import MarkdownIt from "markdown-it";
import type { Token } from "markdown-it";
import { revealBidi } from "../bidi";
import { otherHost, safeAddress } from "./links";
import { splitMentions } from "./mentions";
import type { Align, Block, Inline } from "./tree";

/** The longest Markdown that is parsed, in UTF-16 units (schema.MaxMessage is 64 KiB). */
const maxLength = 64 * 1024;

/** How deep blocks or styles may stand in one another; what is deeper is text. */
const maxDepth = 16;

/** How many bare addresses are looked for; a message with more keeps them as text, and the reader's time. */
const maxAddresses = 400;

function makeParser() {
  const parser = new MarkdownIt({ html: false, linkify: true, breaks: true, typographer: false, maxNesting: maxDepth });
  parser.disable(["image", "html_block", "html_inline", "reference", "entity"]);
  // A \@ must stay apart from the text before and after it: it mentions nobody.
  parser.core.ruler.disable("text_join");
  parser.validateLink = (address) => safeAddress(address) !== null;
  // README.md and invoice.zip are names of files and of hosts: only whole addresses become links.
  parser.linkify.add("ftp:", null).set({ fuzzyLink: false, fuzzyIP: false });
  return parser;
}

const parser = makeParser();

/** The tree of a message. It never throws; what is too long comes back as one paragraph of text. */
export function parseMarkdown(markdown: string): Block[] {
  const source = markdown.slice(0, maxLength);
  if (markdown.length > maxLength) return [plain(markdown)];
  const addresses = source.match(/:\/\/|@/g)?.length ?? 0;
  parser.set({ linkify: addresses <= maxAddresses });
  try {
    return new Builder(parser.parse(source, {})).blocks(null);
  } catch {
    return [plain(source)];
  }
}

function plain(text: string): Block {
  return { kind: "paragraph", children: [{ kind: "text", text: revealBidi(text) }] };
}

/** Walks markdown-it's flat list of block tokens. */
class Builder {
  #at = 0;
  readonly #tokens: Token[];

  constructor(tokens: Token[]) {
    this.#tokens = tokens;
  }

  #next(): Token | undefined {
    return this.#tokens[this.#at++];
  }

  /** Blocks up to the token that closes the one around them. */
  blocks(close: string | null): Block[] {
    const out: Block[] = [];
    for (let token = this.#next(); token && token.type !== close; token = this.#next()) {
      const block = this.#block(token);
      if (block) out.push(block);
    }
    return out;
  }

  #block(token: Token): Block | null {
    switch (token.type) {
      case "paragraph_open":
        return { kind: "paragraph", children: this.#line("paragraph_close") };
      case "heading_open":
        return { kind: "heading", level: Number(token.tag.slice(1)), children: this.#line("heading_close") };
      case "blockquote_open":
        return { kind: "quote", children: this.blocks("blockquote_close") };
      case "bullet_list_open":
        return this.#list("bullet_list_close", null);
      case "ordered_list_open":
        return this.#list("ordered_list_close", Number(token.attrGet("start") ?? 1));
      case "table_open":
        return this.#table();
      case "fence":
      case "code_block":
        return { kind: "code", text: revealBidi(token.content.replace(/\n$/, "")), language: /^[\w+#.-]{1,20}/.exec(token.info.trim())?.[0] ?? "" };
      case "hr":
        return { kind: "rule" };
      case "inline":
        return { kind: "paragraph", children: inlines(token.children ?? []) };
      default:
        return null;
    }
  }

  #line(close: string): Inline[] {
    let out: Inline[] = [];
    for (let token = this.#next(); token && token.type !== close; token = this.#next()) {
      if (token.type === "inline") out = inlines(token.children ?? []);
    }
    return out;
  }

  #list(close: string, start: number | null): Block {
    const items: Block[][] = [];
    let tight = false;
    for (let token = this.#next(); token && token.type !== close; token = this.#next()) {
      if (token.type !== "list_item_open") continue;
      tight ||= this.#tokens[this.#at]?.hidden ?? false;
      items.push(this.blocks("list_item_close"));
    }
    return { kind: "list", start, tight, items };
  }

  #table(): Block {
    const align: Align[] = [];
    const rows: Inline[][][] = [];
    let cells: Inline[][] = [];
    let inHead = false;
    for (let token = this.#next(); token && token.type !== "table_close"; token = this.#next()) {
      if (token.type === "thead_open") inHead = true;
      else if (token.type === "thead_close") inHead = false;
      else if (token.type === "tr_open") cells = [];
      else if (token.type === "tr_close") rows.push(cells);
      else if (token.type === "inline") cells.push(inlines(token.children ?? []));
      else if (token.type === "th_open" && inHead) {
        const style = String(token.attrGet("style") ?? "");
        align.push(style.includes("center") ? "center" : style.includes("right") ? "right" : style.includes("left") ? "left" : null);
      }
    }
    return { kind: "table", align, head: rows[0] ?? [], rows: rows.slice(1) };
  }
}

type Container = Extract<Inline, { children: Inline[] }>;

function opened(token: Token): Container | null {
  switch (token.type) {
    case "strong_open":
      return { kind: "strong", children: [] };
    case "em_open":
      return { kind: "em", children: [] };
    case "s_open":
      return { kind: "strike", children: [] };
    case "link_open":
      // validateLink refused others already; checked here because this is what is drawn.
      return { kind: "link", href: safeAddress(String(token.attrGet("href") ?? "")) ?? "", host: null, children: [] };
    default:
      return null;
  }
}

/** The styled text of one line, from markdown-it's flat list, nested at most maxDepth deep. */
function inlines(tokens: readonly Token[]): Inline[] {
  const root: Inline[] = [];
  const stack: Container[] = [];
  let skipped = 0; // containers opened beyond maxDepth: their content stays, their style does not
  for (const token of tokens) {
    const top = stack[stack.length - 1];
    const into = top?.children ?? root;
    const inLink = stack.some((c) => c.kind === "link");
    if (token.nesting === 1) {
      const container = opened(token);
      if (!container || stack.length >= maxDepth || (container.kind === "link" && container.href === "")) skipped++;
      else {
        into.push(container);
        stack.push(container);
      }
    } else if (token.nesting === -1) {
      if (skipped > 0) skipped--;
      else {
        const closed = stack.pop();
        if (closed?.kind === "link") closed.host = otherHost(words(closed.children), closed.href);
      }
    } else leaf(token, into, inLink);
  }
  return root;
}

function leaf(token: Token, into: Inline[], inLink: boolean): void {
  switch (token.type) {
    case "text":
      for (const part of inLink ? [textOf(token.content)] : splitMentions(token.content, textOf)) add(into, part);
      return;
    case "text_special":
      add(into, textOf(token.content));
      return;
    case "code_inline":
      into.push({ kind: "code", text: revealBidi(token.content) });
      return;
    case "softbreak":
    case "hardbreak":
      into.push({ kind: "break" });
      return;
    default:
      add(into, textOf(token.content));
  }
}

function textOf(text: string): Inline {
  return { kind: "text", text: revealBidi(text) };
}

/** Appends, joining text to text. */
function add(into: Inline[], part: Inline): void {
  const last = into[into.length - 1];
  if (part.kind === "text" && part.text === "") return;
  if (part.kind === "text" && last?.kind === "text") last.text += part.text;
  else into.push(part);
}

/** The words of some inlines without their styles. */
function words(children: readonly Inline[]): string {
  return children
    .map((child) => {
      if (child.kind === "text" || child.kind === "code") return child.text;
      if (child.kind === "mention") return `@${child.name}`;
      return child.kind === "break" ? " " : words(child.children);
    })
    .join("");
}

/** A message as one line of plain text, for a preview or a notification within the app. */
export function plainText(blocks: readonly Block[]): string {
  return blocks
    .map((block): string => {
      switch (block.kind) {
        case "paragraph":
        case "heading":
          return words(block.children);
        case "code":
          return block.text;
        case "quote":
          return plainText(block.children);
        case "list":
          return block.items.map(plainText).join(" ");
        case "table":
          return [block.head, ...block.rows].map((row) => row.map(words).join(" ")).join(" ");
        case "rule":
          return "";
      }
    })
    .join(" ")
    .replace(/\s+/gu, " ")
    .trim();
}
