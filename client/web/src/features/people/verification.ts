// What the code of a verification says, and how it is compared. Whoever shows it signs
// nothing and reveals nothing: ids and fingerprints are known to all members. A scan
// compares exactly what was displayed, never what has come from the server since (K4).
import type { Verification } from "../../api/generated";

/** An identity as one side sees it. */
export interface Side {
  user: string;
  fingerprint: string;
}

/** What the code says: who shows it, and whom that person sees on the other side. */
export interface VerifyCode {
  mine: Side;
  yours: Side;
}

const prefix = "cenacle-verify:1";
const format = /^cenacle-verify:1:(u_[a-z2-7]{26}):([0-9A-F]{64}):(u_[a-z2-7]{26}):([0-9A-F]{64})$/;

/** The most that a code can have, in characters; longer ones are not looked at. */
const longest = 256;

export function formatCode(code: VerifyCode): string {
  return [prefix, code.mine.user, code.mine.fingerprint, code.yours.user, code.yours.fingerprint].join(":");
}

export function parseCode(text: string): VerifyCode | null {
  if (text.length > longest) return null;
  const found = format.exec(text.trim());
  if (!found) return null;
  const [, user = "", fingerprint = "", other = "", otherPrint = ""] = found;
  return { mine: { user, fingerprint }, yours: { user: other, fingerprint: otherPrint } };
}

/** same: both sides see the same two keys; otherwise what differs, the least grave first. */
export type Outcome = "same" | "person" | "me" | "theirKey" | "myKey";

/** Compares a scanned code with what is displayed here. */
export function compare(code: VerifyCode, shown: Verification, me: Side): Outcome {
  if (code.mine.user !== shown.user) return "person";
  if (code.yours.user !== me.user) return "me";
  if (code.mine.fingerprint !== shown.fingerprint) return "theirKey";
  if (code.yours.fingerprint !== me.fingerprint) return "myKey";
  return "same";
}
