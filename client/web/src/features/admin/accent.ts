// Whether an organisation's colour can be read on the papers of the app (WCAG 2.2, AA:
// 4.5:1). One that cannot is refused, with the nearest that can.
import { contrast, formatColour, parseColour, readable } from "../../lib/colour";

type Rgb = readonly [number, number, number];

/** The papers of tokens.css; accent.test.ts compares them. */
export const papers = { light: [251, 250, 247], dark: [16, 22, 28] } as const satisfies Record<string, Rgb>;
export type Paper = keyof typeof papers;

export const least = 4.5;

export type Verdict =
  | { kind: "none" }
  /** Not a colour as #rrggbb. */
  | { kind: "unknown" }
  | { kind: "fine"; colour: string; ratio: number }
  | { kind: "unreadable"; colour: string; ratio: number; instead: string };

export function judge(given: string, paper: Paper): Verdict {
  const text = given.trim().toLowerCase();
  if (text === "") return { kind: "none" };
  const colour = parseColour(text.startsWith("#") ? text : `#${text}`);
  if (!colour) return { kind: "unknown" };
  const ratio = contrast(colour, papers[paper]);
  if (ratio >= least) return { kind: "fine", colour: formatColour(colour), ratio };
  const away: Rgb = paper === "light" ? [0, 0, 0] : [255, 255, 255];
  return { kind: "unreadable", colour: formatColour(colour), ratio, instead: formatColour(readable(colour, [papers[paper]], least, away)) };
}

/** The colour to keep: "" for the app's own; null when it is refused. */
export function accepted(verdict: Verdict): string | null {
  return verdict.kind === "none" ? "" : verdict.kind === "fine" ? verdict.colour : null;
}

/** The app's own accents, used where none is chosen. */
export const ownAccents = { light: "#1f7a72", dark: "#5cc2b6" } as const;
