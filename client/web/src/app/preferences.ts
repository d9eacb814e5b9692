// What somebody chose for all devices, as the engine keeps it sealed (settings.get).
// Theme, density and language have a copy in Appearance, which is known before anything
// is unlocked; once the session is open, the kept choice counts.
import { isLanguage } from "../i18n";
import { densities, themes, type Appearance } from "./appearance.svelte";
import { concerns, type Api } from "./engine";

/** The settings that belong to the shell. Features name their own. */
export const preferenceKeys = { language: "language", theme: "theme", density: "density" } as const;

export class Preferences {
  readonly #api: Api;
  readonly #appearance: Appearance;

  constructor(api: Api, appearance: Appearance) {
    this.#api = api;
    this.#appearance = appearance;
  }

  /** Takes over what is kept, now and whenever another device changes it. */
  start(): () => void {
    void this.#read();
    return this.#api.onChange((change) => {
      if (concerns(change, ["settings"])) void this.#read();
    });
  }

  /** Applies a choice at once and keeps it for all devices. Rejects when it could not be kept. */
  async choose(key: keyof typeof preferenceKeys, value: string): Promise<void> {
    this.#apply({ [preferenceKeys[key]]: value });
    await this.#api.call("settings.set", { key: preferenceKeys[key], value });
  }

  async #read(): Promise<void> {
    try {
      this.#apply((await this.#api.call("settings.get", {})).values);
    } catch {
      // What this device knows stays.
    }
  }

  #apply(values: Readonly<Record<string, string>>): void {
    const theme = themes.find((one) => one === values[preferenceKeys.theme]);
    const density = densities.find((one) => one === values[preferenceKeys.density]);
    const language = values[preferenceKeys.language];
    if (theme && theme !== this.#appearance.theme) this.#appearance.theme = theme;
    if (density && density !== this.#appearance.density) this.#appearance.density = density;
    if ((language === "auto" || isLanguage(language)) && language !== this.#appearance.language) this.#appearance.language = language;
  }
}
