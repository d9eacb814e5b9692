import { describe, expect, test } from "vitest";
import { parseMarkdown, plainText } from "./parse";
import type { Block, Inline } from "./tree";

/** The tree as one line: what a reader would see, with marks for what is not text. */
function draw(nodes: readonly (Block | Inline)[]): string {
  return nodes
    .map((node): string => {
      switch (node.kind) {
        case "text":
          return node.text;
        case "code":
          return `\`${node.text}\``;
        case "break":
          return "⏎";
        case "rule":
          return "—";
        case "mention":
          return `@{${node.name}}`;
        case "link":
          return `[${draw(node.children)}|${node.href}${node.host === null ? "" : `|!${node.host}`}]`;
        case "list":
          return `list${node.start ?? ""}${node.items.map((item) => `<${draw(item)}>`).join("")}`;
        case "table":
          return `table${[node.head, ...node.rows].map((row) => `<${row.map(draw).join("|")}>`).join("")}`;
        case "heading":
          return `h${node.level}(${draw(node.children)})`;
        default:
          return `${node.kind}(${draw(node.children)})`;
      }
    })
    .join("");
}

const see = (markdown: string) => draw(parseMarkdown(markdown));

describe("what people write", () => {
  test.each([
    ["**bold** *em* ~~gone~~ `code`", "paragraph(strong(bold) em(em) strike(gone) `code`)"],
    ["one\ntwo", "paragraph(one⏎two)"],
    ["- a\n- b\n  1. c", "list<paragraph(a)><paragraph(b)list1<paragraph(c)>>"],
    ["3. x", "list3<paragraph(x)>"],
    ["> q\n> > r", "quote(paragraph(q)quote(paragraph(r)))"],
    ["```go\nif a < b {}\n```", "`if a < b {}`"],
    ["# Title", "h1(Title)"],
    ["a | b\n--|--:\n1 | **2**", "table<a|b><1|strong(2)>"],
    ["---", "—"],
    ["https://example.org/x", "paragraph([https://example.org/x|https://example.org/x])"],
    ["see www.example.org or README.md", "paragraph(see www.example.org or README.md)"],
    ["write to a@example.org", "paragraph(write to [a@example.org|mailto:a@example.org])"],
    ["", ""],
  ])("%j", (markdown, want) => {
    expect(see(markdown)).toBe(want);
  });

  test("code keeps its language only when it is a name", () => {
    const language = (info: string) => {
      const block = parseMarkdown(`\`\`\`${info}\nx\n\`\`\``)[0];
      return block?.kind === "code" ? block.language : undefined;
    };
    expect(language("go")).toBe("go");
    expect(language('"><script>')).toBe("");
  });
});

describe("mentions are found as the engine finds them", () => {
  test.each([
    ["@alice hi", "paragraph(@{alice} hi)"],
    ["hi @élise.", "paragraph(hi @{élise}.)"],
    ["**@bob**", "paragraph(strong(@{bob}))"],
    ["\\@alice", "paragraph(@alice)"],
    ["x@alice", "paragraph(x@alice)"],
    ['hi @"Amélie Durand", hi', "paragraph(hi @{Amélie Durand}, hi)"],
    ['@"a', 'paragraph(@"a)'],
    ['@""', 'paragraph(@"")'],
    ['x@"a b"', 'paragraph(x@"a b")'],
    ["`@alice`", "paragraph(`@alice`)"],
    ["[@alice](https://example.org)", "paragraph([@alice|https://example.org/])"],
    ["@ @.", "paragraph(@ @.)"],
  ])("%j", (markdown, want) => {
    expect(see(markdown)).toBe(want);
  });
});

describe("W1: HTML is text", () => {
  test.each([
    ["<script>alert(1)</script>", "paragraph(<script>alert(1)</script>)"],
    ["a <img src=x onerror=alert(1)>", "paragraph(a <img src=x onerror=alert(1)>)"],
    ["<svg/onload=alert(1)>", "paragraph(<svg/onload=alert(1)>)"],
    ["![x](https://example.org/track.png)", "paragraph(![x|https://example.org/track.png])"],
  ])("%j", (markdown, want) => {
    expect(see(markdown)).toBe(want);
  });
});

describe("W4: only http, https and mailto are links", () => {
  test.each([
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](data:image/png;base64,AAAA)",
    "[x](blob:https://example.org/1)",
    "[x](file:///etc/passwd)",
    "[x](ftp://example.org/)",
    "[x](//example.org/)",
    "[x](/w/leave)",
    "[x](?panel=x)",
    "[x](#x)",
    "[x](https://good.example:x@evil.example/)",
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    "javascript:alert(1)",
    "ftp://example.org/x",
    "[x][1]\n\n[1]: javascript:alert(1)",
    "[x][1]\n\n[1]: https://example.org/",
    `[x](https://example.org/${"a".repeat(3000)})`,
  ])("%j", (markdown) => {
    const links: { href: string; words: string }[] = [];
    const visit = (node: unknown): void => {
      if (Array.isArray(node)) node.forEach(visit);
      else if (node !== null && typeof node === "object") {
        if ("href" in node && "children" in node) links.push({ href: String(node.href), words: draw(node.children as Inline[]) });
        Object.values(node).forEach(visit);
      }
    };
    visit(parseMarkdown(markdown));
    expect(links.filter((link) => link.words === "x" || !/^(https?:\/\/|mailto:)/.test(link.href))).toEqual([]);
  });

  test.each([
    ["[bank.example](https://evil.example/)", "paragraph([bank.example|https://evil.example/|!evil.example])"],
    ["[https://bank.example/login](https://evil.example/)", "paragraph([https://bank.example/login|https://evil.example/|!evil.example])"],
    ["[www.a.example](https://a.example/x)", "paragraph([www.a.example|https://a.example/x])"],
    ["[Our **report**](https://a.example/)", "paragraph([Our strong(report)|https://a.example/])"],
    ["[paypal.com](https://xn--pypal-4ve.com/)", "paragraph([paypal.com|https://xn--pypal-4ve.com/|!xn--pypal-4ve.com])"],
  ])("a link that says another address shows its own: %j", (markdown, want) => {
    expect(see(markdown)).toBe(want);
  });
});

describe("K14: direction controls are spelt out", () => {
  test.each([
    ["invoice\u202Efdp.exe", "paragraph(invoice[U+202E]fdp.exe)"],
    ["`a\u2066b\u2069`", "paragraph(`a[U+2066]b[U+2069]`)"],
    ["```\nx\u202Dy\n```", "`x[U+202D]y`"],
    ["a\u200Fb", "paragraph(a\u200Fb)"],
  ])("%j", (markdown, want) => {
    expect(see(markdown)).toBe(want);
  });
});

describe("hostile sizes", () => {
  const n = 10_000;
  test.each([
    ["quotes", ">".repeat(n) + "x"],
    ["quotes with spaces", "> ".repeat(n) + "x"],
    ["lists", Array.from({ length: 300 }, (_, i) => `${" ".repeat(i * 2)}- x`).join("\n")],
    ["list marks", "- ".repeat(n)],
    ["stars", "*".repeat(n) + "a" + "*".repeat(n)],
    ["single stars", "*a ".repeat(n)],
    ["strike", "~~a ".repeat(n)],
    ["brackets", "[".repeat(n) + "a" + "]".repeat(n)],
    ["open links", "[a](".repeat(n)],
    ["backticks", Array.from({ length: 300 }, (_, i) => "`".repeat(i + 1)).join(" ")],
    ["angle", "<a:".repeat(n)],
    ["tables", `${"|a".repeat(2000)}\n${"|-".repeat(2000)}\n${"|b".repeat(2000)}`],
    ["addresses", "http://a.b/ ".repeat(5000)],
    ["at signs", "@a".repeat(n)],
    ["dots", "a.".repeat(n)],
    ["one word", "a".repeat(64 * 1024)],
    ["too long", "**a** ".repeat(100_000)],
  ])("%s", (_, markdown) => {
    const start = performance.now();
    const blocks = parseMarkdown(markdown);
    // 50 ms on a quiet machine; what is quadratic takes minutes on any.
    expect(performance.now() - start).toBeLessThan(5000);
    const depth = (node: unknown): number => (node !== null && typeof node === "object" ? 1 + Math.max(0, ...Object.values(node).slice(0, 50).map(depth)) : 0);
    expect(depth(blocks)).toBeLessThan(120);
  });
});

test("plain text of a message", () => {
  expect(plainText(parseMarkdown("# Hi\n\n- **a**\n- [b](https://example.org)\n\n> c @d\n\n```\ne\n```"))).toBe("Hi a b c @d e");
});
