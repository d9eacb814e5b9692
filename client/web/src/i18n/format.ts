// Plurals, numbers, dates and lists by the rules of a language (ECMA-402). Texts use the
// instance of their own language, components the one of the language in force.
import { dayName } from "../lib/dates";
import type { Language } from "./locale.svelte";

/** The forms of a plural; # stands for the number. French uses many from a million on. */
export interface PluralForms {
  zero?: string;
  one: string;
  many?: string;
  other: string;
}

export class Format {
  readonly #plurals: Intl.PluralRules;
  readonly #number: Intl.NumberFormat;
  readonly #and: Intl.ListFormat;
  readonly #relative: Intl.RelativeTimeFormat;
  readonly #time: Intl.DateTimeFormat;
  readonly #weekday: Intl.DateTimeFormat;
  readonly #day: Intl.DateTimeFormat;
  readonly #dayWithYear: Intl.DateTimeFormat;
  readonly #full: Intl.DateTimeFormat;
  readonly #language: Language;

  constructor(language: Language) {
    // British dates and the 24-hour clock where only the language is known.
    const tag = language === "en" ? "en-GB" : "fr-FR";
    this.#language = language;
    this.#plurals = new Intl.PluralRules(tag);
    this.#number = new Intl.NumberFormat(tag);
    this.#and = new Intl.ListFormat(tag, { type: "conjunction" });
    this.#relative = new Intl.RelativeTimeFormat(tag, { numeric: "auto" });
    this.#time = new Intl.DateTimeFormat(tag, { hour: "2-digit", minute: "2-digit" });
    this.#weekday = new Intl.DateTimeFormat(tag, { weekday: "long" });
    this.#day = new Intl.DateTimeFormat(tag, { weekday: "long", day: "numeric", month: "long" });
    this.#dayWithYear = new Intl.DateTimeFormat(tag, { day: "numeric", month: "long", year: "numeric" });
    this.#full = new Intl.DateTimeFormat(tag, { dateStyle: "full", timeStyle: "short" });
  }

  get language(): Language {
    return this.#language;
  }

  /** "3 people": the form for n with # replaced by n. */
  plural(n: number, forms: PluralForms): string {
    if (n === 0 && forms.zero !== undefined) return forms.zero;
    const rule = this.#plurals.select(n);
    const form = rule === "one" ? forms.one : rule === "many" ? (forms.many ?? forms.other) : forms.other;
    return form.replaceAll("#", this.number(n));
  }

  number(n: number): string {
    return this.#number.format(n);
  }

  /** "a, b and c". */
  and(items: readonly string[]): string {
    return this.#and.format(items);
  }

  /** The size of a file in units of 1000, as operating systems show it. */
  bytes(n: number): string {
    const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;
    let i = 0;
    let value = n;
    while (value >= 1000 && i < units.length - 1) {
      value /= 1000;
      i++;
    }
    return new Intl.NumberFormat(this.#language, {
      style: "unit",
      unit: units[i] ?? "byte",
      unitDisplay: i === 0 ? "long" : "short",
      maximumFractionDigits: value < 10 && i > 0 ? 1 : 0,
    }).format(value);
  }

  /** "14:05". */
  time(at: number): string {
    return this.#time.format(at);
  }

  /** "3 March 2026". */
  date(at: number): string {
    return this.#dayWithYear.format(at);
  }

  /** The whole instant in words, for a tooltip. */
  full(at: number): string {
    return this.#full.format(at);
  }

  /** "today", "yesterday", "Monday", "Monday 3 March" or "3 March 2025", in the middle of a sentence. */
  day(at: number, now: number): string {
    switch (dayName(at, now)) {
      case "today":
        return this.#relative.format(0, "day");
      case "yesterday":
        return this.#relative.format(-1, "day");
      case "tomorrow":
        return this.#relative.format(1, "day");
      case "weekday":
        return this.#weekday.format(at);
      case "date":
        return this.#day.format(at);
      case "dateWithYear":
        return this.#dayWithYear.format(at);
    }
  }

  /** "5 minutes ago", "yesterday": the largest unit that says enough. */
  ago(at: number, now: number): string {
    const seconds = Math.round((at - now) / 1000);
    const steps = [
      ["second", 1, 45],
      ["minute", 60, 45 * 60],
      ["hour", 3600, 22 * 3600],
      ["day", 86_400, 26 * 86_400],
      ["month", 2_629_800, 320 * 86_400],
    ] as const;
    for (const [unit, length, limit] of steps) {
      if (Math.abs(seconds) < limit) return this.#relative.format(unit === "second" ? 0 : Math.round(seconds / length), unit);
    }
    return this.#relative.format(Math.round(seconds / 31_557_600), "year");
  }
}

/** A text that begins a line: its first letter is a capital. */
export function sentence(text: string): string {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}

/** For the texts in English and in French, which know their language. */
export const en = new Format("en");
export const fr = new Format("fr");
