// The form for how the server presents itself. What it comes to can be seen beside it
// before it is kept.
import type { AdminServer, Branding } from "../../api/generated";
import type { Language } from "../../i18n";
import { accepted, judge, type Verdict } from "./accent";
import { base64, pick, type Measure, type Picked, type Problem } from "./logo";
import type { Change } from "./server.svelte";

/** The bounds of schema/limits.go, in octets of UTF-8. */
export const bounds = { name: 200, welcome: 4 << 10, legal: 32 << 10 } as const;
export type Bounded = keyof typeof bounds;

/** What the browser does with pictures. */
export interface Pictures {
  measure: Measure;
  /** An address under which the page may show it, and what frees it. */
  show: (picture: Picked) => { url: string; free: () => void };
}

const empty: Branding = { name: "", accent: "", accentDark: "", welcome: { en: "", fr: "" }, legal: { en: "", fr: "" }, logo: "" };

function octets(text: string): number {
  return new TextEncoder().encode(text).length;
}

export class BrandingForm {
  readonly #pictures: Pictures;
  name = $state("");
  accent = $state("");
  accentDark = $state("");
  welcome = $state({ en: "", fr: "" });
  legal = $state({ en: "", fr: "" });
  #logo = $state("");
  #picked = $state.raw<{ picture: Picked; url: string; free: () => void } | null>(null);
  #problem = $state<Problem | null>(null);
  #kept = $state.raw<Branding>(empty);

  constructor(pictures: Pictures) {
    this.#pictures = pictures;
  }

  fill(server: AdminServer): void {
    const { branding } = server;
    this.#kept = branding;
    this.name = branding.name;
    this.accent = branding.accent;
    this.accentDark = branding.accentDark;
    this.welcome = { ...branding.welcome };
    this.legal = { ...branding.legal };
    this.#logo = branding.logo;
    this.#problem = null;
    this.#drop();
  }

  get light(): Verdict {
    return judge(this.accent, "light");
  }

  get dark(): Verdict {
    return judge(this.accentDark, "dark");
  }

  /** The address of the logo as it would be; "" for none. */
  get logo(): string {
    return this.#picked?.url ?? (this.#logo === "" ? "" : `/v1/server/logo?${this.#logo}`);
  }

  /** What was wrong with the last file. */
  get problem(): Problem | null {
    return this.#problem;
  }

  async pickLogo(file: Blob): Promise<void> {
    const found = await pick(file, this.#pictures.measure);
    if (typeof found === "string") {
      this.#problem = found;
      return;
    }
    this.#problem = null;
    this.#drop();
    this.#picked = { picture: found, ...this.#pictures.show(found) };
  }

  removeLogo(): void {
    this.#logo = "";
    this.#problem = null;
    this.#drop();
  }

  /** By how many octets a text is too long; 0 when it fits. */
  excess(what: Bounded, language?: Language): number {
    const text = what === "name" ? this.name : this[what][language ?? "en"];
    return Math.max(0, octets(text) - bounds[what]);
  }

  /** Whether all of it can be kept. */
  get valid(): boolean {
    const fits = this.excess("name") === 0 && (["welcome", "legal"] as const).every((what) => this.excess(what, "en") === 0 && this.excess(what, "fr") === 0);
    return fits && accepted(this.light) !== null && accepted(this.dark) !== null;
  }

  get changed(): boolean {
    const kept = this.#kept;
    const same = (a: { en: string; fr: string }, b: { en: string; fr: string }) => a.en === b.en && a.fr === b.fr;
    return (
      this.#picked !== null ||
      this.#logo !== kept.logo ||
      this.name.trim() !== kept.name ||
      this.accent.trim() !== kept.accent ||
      this.accentDark.trim() !== kept.accentDark ||
      !same(this.welcome, kept.welcome) ||
      !same(this.legal, kept.legal)
    );
  }

  /** What to save; null while something cannot be kept. */
  get change(): Change | null {
    const [accent, accentDark] = [accepted(this.light), accepted(this.dark)];
    if (!this.valid || accent === null || accentDark === null) return null;
    const branding: Branding = { name: this.name.trim(), accent, accentDark, welcome: { ...this.welcome }, legal: { ...this.legal }, logo: this.#logo };
    return this.#picked ? { branding, newLogo: base64(this.#picked.picture.bytes) } : { branding };
  }

  /** Frees the picture that is shown. */
  close(): void {
    this.#drop();
  }

  #drop(): void {
    this.#picked?.free();
    this.#picked = null;
  }
}
