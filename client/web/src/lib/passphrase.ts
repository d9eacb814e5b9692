// How hard a passphrase is to guess, told honestly and roughly, and a way to get a good
// one. The estimate errs on the low side: it supposes a guesser who knows how people choose.

/** What a guesser would need, in bits; and what follows from it. */
export interface Estimate {
  bits: number;
  /** none: nothing typed; short: below the least length. */
  level: "none" | "short" | "weak" | "fair" | "good";
}

/** The least length, in characters. */
export const leastLength = 8;

// One guess costs Argon2id over 64 MiB, so that whoever holds a stolen kit makes some
// thousands a second at great cost: 36 bits last about half a year, 48 bits many centuries.
const fair = 36;
const good = 48;

/** Everybody's favourites; folded, without accents. */
const favourites = /^(?:pass(?:word|wort|phrase)?|motdepasse|secret|azerty|qwerty|qwertz|bonjour|soleil|amour|doudou|hello|admin|welcome|letmein|monkey|dragon|football|iloveyou|jetaime|cenacle)$/;

/** Rows that fingers run along. */
const rows = ["abcdefghijklmnopqrstuvwxyz", "01234567890", "azertyuiop", "qsdfghjklm", "wxcvbn", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop"];

function fold(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

function runs(text: string): boolean {
  const back = Array.from(text).reverse().join("");
  return text.length >= 3 && rows.some((row) => row.includes(text) || row.includes(back));
}

/** Bits of one piece: letters together, digits together, anything else one by one. */
function bitsOf(piece: string, known: ReadonlySet<string>): number {
  if (new Set(piece).size === 1) return 3 + Math.log2(piece.length);
  if (known.has(piece) || favourites.test(piece) || runs(piece)) return 4;
  if (/^\d+$/.test(piece)) return /^(?:19|20)\d\d$/.test(piece) ? 6 : piece.length * 3.32;
  // A word: from a dictionary of some thousands, or letters at random if that were easier.
  if (/^\p{L}+$/u.test(piece)) return Math.min(piece.length * 4.7, 11 + Math.max(0, piece.length - 5) * 0.6);
  return piece.length * 4;
}

/** Estimates a passphrase; known are words that a guesser knows of the person, such as name and email. */
export function estimate(passphrase: string, known: readonly string[] = []): Estimate {
  if (passphrase === "") return { bits: 0, level: "none" };
  const knownPieces = new Set(known.flatMap((text) => fold(text).match(/[\p{L}]{3,}|\d+/gu) ?? []));
  const folded = fold(passphrase);
  const pieces = folded.match(/\p{L}+|\d+|[^\p{L}\d]/gu) ?? [];
  const seen = new Set<string>();
  let bits = 0;
  for (const piece of pieces) {
    // Again the same is hardly more to guess.
    bits += seen.has(piece) ? 1 : bitsOf(piece, knownPieces);
    seen.add(piece);
  }
  // Capitals in unusual places.
  bits += Math.min(6, (passphrase.slice(1).match(/\p{Lu}/gu) ?? []).length);
  if (Array.from(passphrase).length < leastLength) return { bits, level: "short" };
  return { bits, level: bits < fair ? "weak" : bits < good ? "fair" : "good" };
}

const consonants = "bdfgjklmnprstvz";
const vowels = "aeiou";

/**
 * A passphrase that can be said and typed in both languages: four invented words of
 * three syllables, such as "bidaro-mufeki-tosanu-velipo": 12 × log2(75) = 74 bits.
 */
export function suggest(random: (max: number) => number = randomBelow): string {
  const pick = (letters: string) => letters.charAt(random(letters.length));
  const word = () => Array.from({ length: 3 }, () => pick(consonants) + pick(vowels)).join("");
  return Array.from({ length: 4 }, word).join("-");
}

/** An even random number below max, at most 256. */
export function randomBelow(max: number): number {
  const octet = new Uint8Array(1);
  const limit = 256 - (256 % max);
  for (;;) {
    crypto.getRandomValues(octet);
    const value = octet[0] ?? 0;
    if (value < limit) return value % max;
  }
}
