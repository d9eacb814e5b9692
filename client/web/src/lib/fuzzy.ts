// Finding by a few letters, as the command palette does.

/** Text as it is compared: no case, no accents. */
export function fold(text: string): string {
  return text.normalize("NFKD").replace(/\p{Mn}/gu, "").toLowerCase();
}

function isStart(text: string, i: number): boolean {
  return i === 0 || !/[\p{L}\p{N}]/u.test(text.charAt(i - 1));
}

/**
 * How well a query fits a text: 0 not at all, else more is better. All letters of
 * the query occur in this order; starts of words and runs count most, and of two
 * equal ones the shorter text wins. Both arguments must be folded.
 */
export function score(query: string, text: string): number {
  if (query === "") return 1;
  const at = text.indexOf(query);
  if (at >= 0) {
    return 1000 + (isStart(text, at) ? 500 : 0) + (at === 0 ? 200 : 0) - Math.min(text.length, 199);
  }
  let total = 0;
  let from = 0;
  let last = -2;
  for (const letter of query) {
    if (letter === " ") continue;
    const i = text.indexOf(letter, from);
    if (i < 0) return 0;
    total += i === last + 1 ? 8 : isStart(text, i) ? 10 : 1;
    last = i;
    from = i + letter.length;
  }
  return Math.max(1, 100 + total - Math.min(text.length, 99) / 10);
}

/** The items that fit, best first, at most limit of them; without a query the first ones. */
export function find<T>(query: string, items: readonly T[], text: (item: T) => string, limit: number): T[] {
  const wanted = fold(query.trim().slice(0, 100));
  if (wanted === "") return items.slice(0, limit);
  return items
    .map((item, index) => ({ item, index, score: score(wanted, fold(text(item))) }))
    .filter((hit) => hit.score > 0)
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .slice(0, limit)
    .map((hit) => hit.item);
}
