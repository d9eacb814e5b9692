// The proof that an emergency kit was kept: two of its groups, asked for by their places.
import { clean } from "../../lib/paper-key";
import { randomBelow } from "../../lib/passphrase";

/** Two different places below count, in order. */
export function twoPlaces(count: number, random: (max: number) => number = randomBelow): [number, number] {
  const first = random(count);
  const second = random(count - 1);
  const other = second >= first ? second + 1 : second;
  return first < other ? [first, other] : [other, first];
}

/** Whether what was typed is the group at a place, counted from 0. */
export function isGroup(groups: readonly string[], at: number, typed: string): boolean {
  const wanted = groups[at];
  return wanted !== undefined && clean(typed) === clean(wanted);
}
