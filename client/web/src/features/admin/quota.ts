// Bounds as people write them, and as the server keeps them: octets, 0 for what the
// server was started with, -1 for none.

export const units = ["MB", "GB", "TB"] as const;
export type Unit = (typeof units)[number];

const octets: Record<Unit, number> = { MB: 1e6, GB: 1e9, TB: 1e12 };

export const modes = ["start", "limit", "none"] as const;
export type Mode = (typeof modes)[number];

export interface Bound {
  mode: Mode;
  /** As typed, with the comma or the point of the language. */
  amount: string;
  unit: Unit;
}

/** A number as it is typed; null when it is none, not above 0, or too large to be kept exactly. */
function parse(amount: string, factor: number, whole: boolean): number | null {
  const text = amount.replace(/[\s\u00a0\u202f]/g, "").replace(",", ".");
  if (!/^\d{1,12}(\.\d{1,12})?$/.test(text) || (whole && text.includes("."))) return null;
  const value = Math.round(Number(text) * factor);
  return value >= 1 && Number.isSafeInteger(value) ? value : null;
}

/** The bound for the server, or null when the amount cannot be read. */
export function valueOf(bound: Bound): number | null {
  if (bound.mode === "start") return 0;
  if (bound.mode === "none") return -1;
  return parse(bound.amount, octets[bound.unit], false);
}

/** The same of a bound that counts things. */
export function countOf(bound: Bound): number | null {
  if (bound.mode === "start") return 0;
  if (bound.mode === "none") return -1;
  return parse(bound.amount, 1, true);
}

/** A kept bound in the unit that says it shortest. */
export function boundOf(value: number, counts = false): Bound {
  if (value === 0) return { mode: "start", amount: "", unit: "GB" };
  if (value < 0) return { mode: "none", amount: "", unit: "GB" };
  if (counts) return { mode: "limit", amount: String(value), unit: "GB" };
  const unit = [...units].reverse().find((one) => value >= octets[one]) ?? "MB";
  // As many decimals as the exact number has, so that saving it unchanged changes nothing.
  return { mode: "limit", amount: String(value / octets[unit]), unit };
}
