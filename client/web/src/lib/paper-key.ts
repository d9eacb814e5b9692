// Secrets as people write them down: Crockford's base32 in groups, with a checksum at
// the end (docs/protocol/identity.md). Here a slip of the pen is found before anything is
// asked of the engine, which alone decides what a key is.

/** An account key: eight groups of four characters. A recovery phrase: eight groups of five. */
export interface PaperKind {
  group: number;
  /** Octets of the secret, and of the checksum after it. */
  secret: number;
  checksum: number;
  /** What the checksum begins with, so that one kind is not taken for the other. */
  label: string;
}

export const accountKey: PaperKind = { group: 4, secret: 16, checksum: 4, label: "cenacle/v1/account-key" };
export const recoveryPhrase: PaperKind = { group: 5, secret: 20, checksum: 5, label: "cenacle/v1/recovery-phrase" };

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** How many characters a key of this kind has, without what stands between its groups. */
export function lengthOf(kind: PaperKind): number {
  return ((kind.secret + kind.checksum) * 8) / 5;
}

/** What was typed, as it is read: no spaces and dashes, capitals, and digits for the letters that look like them. */
export function clean(typed: string): string {
  return typed
    .replace(/[\s\p{Pd}]/gu, "")
    .toUpperCase()
    .replaceAll("O", "0")
    .replace(/[IL]/g, "1");
}

/** The groups of a key, as far as it was typed. */
export function groups(typed: string, kind: PaperKind): string[] {
  return clean(typed).match(new RegExp(`.{1,${kind.group}}`, "gu")) ?? [];
}

/** The key as it is printed: groups joined by hyphens. */
export function pretty(typed: string, kind: PaperKind): string {
  return groups(typed, kind).join("-");
}

/** A key while it is typed: in groups; what is too long stays as it was typed, and a dash after a whole group too. */
export function whileTyping(typed: string, kind: PaperKind): string {
  const found = groups(typed, kind);
  const wanted = lengthOf(kind) / kind.group;
  if (found.length > wanted) return typed;
  const dash = /[\s-]$/.test(typed) && found.at(-1)?.length === kind.group && found.length < wanted;
  return found.join("-") + (dash ? "-" : "");
}

/** What can be said of a typed key. strange: a character that no key has; mistyped: the checksum does not fit. */
export type Verdict = "incomplete" | "strange" | "long" | "mistyped" | "good";

export async function check(typed: string, kind: PaperKind): Promise<Verdict> {
  const text = clean(typed);
  if (Array.from(text).some((c) => !alphabet.includes(c))) return "strange";
  if (text.length < lengthOf(kind)) return "incomplete";
  if (text.length > lengthOf(kind)) return "long";
  const octets = decode(text);
  const secret = octets.subarray(0, kind.secret);
  const label = new TextEncoder().encode(kind.label);
  const said = new Uint8Array(label.length + secret.length);
  said.set(label);
  said.set(secret, label.length);
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", said)).subarray(0, kind.checksum);
  const fits = sum.every((octet, i) => octet === octets[kind.secret + i]);
  said.fill(0);
  octets.fill(0);
  return fits ? "good" : "mistyped";
}

function decode(text: string): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array((text.length * 5) / 8);
  let bits = 0;
  let value = 0;
  let at = 0;
  for (const c of text) {
    value = (value << 5) | alphabet.indexOf(c);
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    out[at++] = (value >> bits) & 0xff;
    value &= (1 << bits) - 1;
  }
  return out;
}
