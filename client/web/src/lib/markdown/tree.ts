// What a message becomes: a tree that components draw as elements. It holds text
// and addresses of allowed schemes, and has no place for HTML.

export type Inline =
  | { kind: "text"; text: string }
  | { kind: "code"; text: string }
  | { kind: "break" }
  /** @name as written; whose name it is decides whoever draws it. */
  | { kind: "mention"; name: string }
  | { kind: "strong" | "em" | "strike"; children: Inline[] }
  /** href is http, https or mailto. host is set when the words could be taken for another address. */
  | { kind: "link"; href: string; host: string | null; children: Inline[] };

export type Align = "left" | "center" | "right" | null;

export type Block =
  | { kind: "paragraph"; children: Inline[] }
  | { kind: "heading"; level: number; children: Inline[] }
  | { kind: "code"; text: string; language: string }
  | { kind: "quote"; children: Block[] }
  | { kind: "list"; start: number | null; tight: boolean; items: Block[][] }
  | { kind: "table"; align: Align[]; head: Inline[][]; rows: Inline[][][] }
  | { kind: "rule" };
