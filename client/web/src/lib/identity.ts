// What a person looks like before there is a picture: a colour that follows from
// the id, so that it is the same on every device, and initials from the name.

/** The number of hues that people are spread over; neighbours stay distinguishable. */
const hues = 12;

/** A hue in degrees that follows from an id (FNV-1a, 32 bits; nothing secret). */
export function hueOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) {
    hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  }
  // The low bits of FNV are its weakest: fold the high half into them.
  return (((hash >>> 16) ^ (hash & 0xffff)) % hues) * (360 / hues);
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

function firstGrapheme(word: string): string {
  for (const part of graphemes.segment(word)) return part.segment;
  return "";
}

/** One or two initials: of the first and the last word that begin with a letter or digit. */
export function initials(name: string): string {
  const words = name.split(/[\s'’-]+/u).filter((word) => /^[\p{L}\p{N}]/u.test(word));
  const first = words[0];
  const last = words[words.length - 1];
  if (first === undefined || last === undefined) return firstGrapheme(name.trim()) || "?";
  const both = words.length > 1 ? firstGrapheme(first) + firstGrapheme(last) : firstGrapheme(first);
  return both.toLocaleUpperCase();
}
