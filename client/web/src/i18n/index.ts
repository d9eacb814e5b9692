// Typed texts. Each feature, and src/app and src/ui, owns a text.en.ts that exports its
// Messages and a text.fr.ts of that type: what one language lacks does not compile.
import { en, fr, type Format } from "./format";
import { locale, type Language } from "./locale.svelte";

/** The same texts in every language. */
export type Texts<M> = Record<Language, M>;

/**
 * A function that gives the texts in the language in force. Call it where a text is
 * drawn, text().title: components then follow a change of language.
 */
export function texts<M>(all: Texts<M>): () => M {
  return () => all[locale.language];
}

/** Plurals, numbers and dates in the language in force. */
export function format(): Format {
  return locale.language === "fr" ? fr : en;
}

export { sentence, type Format } from "./format";
export { isLanguage, languageNames, languages, locale, preferred, type Language, type LanguageSetting } from "./locale.svelte";
