// The language of the screens: what was chosen, else what the browser asks for.

export const languages = ["en", "fr"] as const;
export type Language = (typeof languages)[number];

/** What can be chosen: a language, or to follow the browser. */
export type LanguageSetting = Language | "auto";

/** The languages' own names, for a list to choose from. */
export const languageNames: Record<Language, string> = { en: "English", fr: "Français" };

export function isLanguage(value: unknown): value is Language {
  return languages.some((language) => language === value);
}

/** The first of the browser's languages that there is, else English. */
export function preferred(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const language = tag.toLowerCase().split("-")[0];
    if (isLanguage(language)) return language;
  }
  return "en";
}

class Locale {
  #setting = $state<LanguageSetting>("auto");
  #browser = preferred(typeof navigator === "undefined" ? [] : navigator.languages);

  get setting(): LanguageSetting {
    return this.#setting;
  }

  set setting(setting: LanguageSetting) {
    this.#setting = setting;
  }

  /** The language in force; what reads it follows a change. */
  get language(): Language {
    return this.#setting === "auto" ? this.#browser : this.#setting;
  }
}

/** The one locale of the page: words have one language at a time. */
export const locale = new Locale();
