// How this server presents itself: name, logo, colours, texts. Nothing of it is trusted;
// colours are made readable before they are used, texts are Markdown without HTML.
import type { LocalText, Registration, ServerInfo } from "../api/generated";
import { locale } from "../i18n";
import { contrast, formatColour, parseColour, readable } from "../lib/colour";
import type { Api } from "./engine";

type Rgb = readonly [number, number, number];

const white: Rgb = [255, 255, 255];
const black: Rgb = [0, 0, 0];
// The surfaces of tokens.css that text stands on.
const surfaces: Record<"light" | "dark", readonly Rgb[]> = {
  light: [[243, 241, 234], [251, 250, 247], white],
  dark: [[12, 17, 22], [16, 22, 28], [24, 33, 41]],
};

/** The tokens that follow from an accent, made readable on every surface of its theme. */
export function accents(hex: string, theme: "light" | "dark"): Record<string, string> {
  const colour = parseColour(hex);
  if (!colour) return {};
  const away = theme === "light" ? black : white;
  const suffix = theme === "light" ? "" : "-dark";
  const accent = readable(colour, surfaces[theme], 3, away);
  const on = contrast(accent, white) >= 4.5 ? white : contrast(accent, black) >= contrast(accent, white) ? black : white;
  return {
    [`--brand-accent${suffix}`]: formatColour(accent),
    [`--brand-on-accent${suffix}`]: formatColour(on),
    [`--brand-accent-ink${suffix}`]: formatColour(readable(colour, surfaces[theme], 7, away)),
  };
}

function pick(given: LocalText | undefined): string {
  if (!given) return "";
  const [first, second] = locale.language === "fr" ? [given.fr, given.en] : [given.en, given.fr];
  return (first || second).trim();
}

export class Server {
  readonly #api: Api;
  #info = $state.raw<ServerInfo | null>(null);
  #failed = $state(false);

  constructor(api: Api) {
    this.#api = api;
  }

  /** null until the server has answered. */
  get info(): ServerInfo | null {
    return this.#info;
  }

  /** Whether the server could not be asked. */
  get failed(): boolean {
    return this.#failed;
  }

  /** The organisation's name for it; "" where it has none. */
  get name(): string {
    return this.#info?.branding?.name || (this.#info?.name ?? "");
  }

  /** The address of the organisation's logo; "" where it has none. */
  get logo(): string {
    const hash = this.#info?.branding?.logo ?? "";
    // The hash makes another picture another address: what was kept of the last one is not shown.
    return hash === "" ? "" : `/v1/server/logo?${encodeURIComponent(hash)}`;
  }

  get registration(): Registration | null {
    return this.#info?.registration ?? null;
  }

  /** Whether the next account will be the first, which administers the server. */
  get empty(): boolean {
    return this.#info?.empty ?? false;
  }

  /** Markdown in the language in force, or in the other one; "" for none. */
  get welcome(): string {
    return pick(this.#info?.branding?.welcome);
  }

  get legal(): string {
    return pick(this.#info?.branding?.legal);
  }

  async load(): Promise<void> {
    try {
      this.#info = await this.#api.call("server.info", {});
      this.#failed = false;
    } catch {
      this.#failed = true;
    }
  }

  /** Gives the page the organisation's colours, through the CSS object model; runs inside an effect. */
  apply(style: Pick<CSSStyleDeclaration, "setProperty" | "removeProperty">): void {
    for (const theme of ["light", "dark"] as const) {
      const suffix = theme === "light" ? "" : "-dark";
      for (const name of ["accent", "on-accent", "accent-ink"]) style.removeProperty(`--brand-${name}${suffix}`);
    }
    const branding = this.#info?.branding;
    if (!branding) return;
    const all = { ...accents(branding.accent, "light"), ...accents(branding.accentDark || branding.accent, "dark") };
    for (const [name, value] of Object.entries(all)) style.setProperty(name, value);
  }
}
