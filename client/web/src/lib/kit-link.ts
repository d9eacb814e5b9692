// The address in an emergency kit's QR code: <origin>/signin#k=<account key>&h=<email>.
// What it holds stands in the fragment, which no browser sends anywhere.
import { clean } from "./paper-key";

export interface KitSecrets {
  accountKey: string;
  handle: string;
}

/** Longer ones are not ours. */
const longest = 1024;

export function kitLink(kit: KitSecrets & { origin: string }): string {
  const fragment = new URLSearchParams({ k: clean(kit.accountKey), h: kit.handle });
  return `${kit.origin}/signin#${fragment.toString()}`;
}

/** What the fragment of such an address says; null when it is none. */
export function parseKitFragment(fragment: string): KitSecrets | null {
  if (fragment === "" || fragment.length > longest) return null;
  const parts = new URLSearchParams(fragment);
  const accountKey = parts.get("k") ?? "";
  const handle = parts.get("h") ?? "";
  return /^[0-9A-Za-z-]{32,47}$/.test(accountKey) && handle.length <= 320 ? { accountKey, handle } : null;
}

/**
 * What a scanned or pasted code says; null when it is no kit. Its server is
 * told apart, because a key is only of use where its account is.
 */
export function parseKitLink(code: string): (KitSecrets & { origin: string }) | null {
  if (code.length > longest || !URL.canParse(code)) return null;
  const url = new URL(code);
  if ((url.protocol !== "https:" && url.protocol !== "http:") || url.pathname !== "/signin") return null;
  const secrets = parseKitFragment(url.hash.slice(1));
  return secrets && { ...secrets, origin: url.origin };
}
