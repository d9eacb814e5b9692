// What the frame of pages outside of a workspace is given: whose server it is, and how
// the pages look.
import { languageNames, languages, locale } from "../i18n";
import { densities, themes } from "./appearance.svelte";
import { href } from "./paths";
import type { AppState } from "./state.svelte";
import { text } from "./text";

/** The props of ui/Entrance; reactive. */
export function entrance(app: AppState) {
  const { appearance, server } = app;
  return {
    brand: { name: server.name || text().name, logo: server.logo, home: href("landing") },
    language: {
      label: text().language.label,
      value: languageNames[locale.language],
      items: languages.map((language) => ({ label: languageNames[language], checked: locale.language === language, run: () => (appearance.language = language) })),
    },
    appearance: {
      label: text().appearance,
      items: [
        ...themes.map((theme) => ({ label: text().theme[theme], checked: appearance.theme === theme, run: () => (appearance.theme = theme) })),
        "divider" as const,
        ...densities.map((density) => ({ label: text().density[density], checked: appearance.density === density, run: () => (appearance.density = density) })),
      ],
    },
  };
}
