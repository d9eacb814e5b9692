// Theme, density and language as chosen on this device. They are no secret and must be
// known before anything is unlocked, so they rest in local storage in the clear.
import { isLanguage, locale, type LanguageSetting } from "../i18n";

export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

export const densities = ["comfortable", "compact"] as const;
export type Density = (typeof densities)[number];

const key = "cenacle.appearance";

/** What of Storage is used; it may throw, as it does where storage is forbidden. */
export type Shelf = Pick<Storage, "getItem" | "setItem">;

interface Saved {
  theme: Theme;
  density: Density;
  language: LanguageSetting;
}

function read(shelf: Shelf): Saved {
  const saved: Saved = { theme: "system", density: "comfortable", language: "auto" };
  let found: unknown;
  try {
    found = JSON.parse(shelf.getItem(key) ?? "null");
  } catch {
    return saved;
  }
  if (found === null || typeof found !== "object") return saved;
  const value = found as Record<string, unknown>;
  saved.theme = themes.find((theme) => theme === value["theme"]) ?? saved.theme;
  saved.density = densities.find((density) => density === value["density"]) ?? saved.density;
  if (isLanguage(value["language"])) saved.language = value["language"];
  return saved;
}

export class Appearance {
  readonly #shelf: Shelf;
  #theme = $state<Theme>("system");
  #density = $state<Density>("comfortable");

  constructor(shelf: Shelf) {
    this.#shelf = shelf;
    const saved = read(shelf);
    this.#theme = saved.theme;
    this.#density = saved.density;
    locale.setting = saved.language;
  }

  get theme(): Theme {
    return this.#theme;
  }

  set theme(theme: Theme) {
    this.#theme = theme;
    this.#save();
  }

  get density(): Density {
    return this.#density;
  }

  set density(density: Density) {
    this.#density = density;
    this.#save();
  }

  get language(): LanguageSetting {
    return locale.setting;
  }

  set language(language: LanguageSetting) {
    locale.setting = language;
    this.#save();
  }

  /** Writes the choice on the root element, where tokens.css reads it; runs inside an effect. */
  apply(root: HTMLElement): void {
    if (this.#theme === "system") delete root.dataset["theme"];
    else root.dataset["theme"] = this.#theme;
    root.dataset["density"] = this.#density;
    root.lang = locale.language;
  }

  #save(): void {
    const saved: Saved = { theme: this.#theme, density: this.#density, language: locale.setting };
    try {
      this.#shelf.setItem(key, JSON.stringify(saved));
    } catch {
      // Storage is full or forbidden: the choice lasts as long as the page.
    }
  }
}
