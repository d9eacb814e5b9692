// Days as people count them: by the calendar of the device, not by 24 hours. All
// instants are milliseconds since 1970 (UTC).

/** A day of the local calendar as one number that grows by 1 a day, also over clock changes. */
export function dayNumber(at: number): number {
  const d = new Date(at);
  return Math.round(Date.UTC(d.getFullYear(), d.getMonth(), d.getDate()) / 86_400_000);
}

/** One run of items of the same day. */
export interface Day<T> {
  /** The key of the run: dayNumber of its items, made unique when a day comes back. */
  key: string;
  /** The instant of the first item. */
  at: number;
  items: T[];
}

/**
 * Cuts a list into runs of the same day, keeping its order. Clocks of other people
 * may be wrong (E12): a day that comes back is a further run, nothing is sorted.
 */
export function groupByDay<T>(items: readonly T[], at: (item: T) => number): Day<T>[] {
  const days: Day<T>[] = [];
  const times = new Map<number, number>();
  let current: Day<T> | undefined;
  let number = Number.NaN;
  for (const item of items) {
    const instant = at(item);
    const day = dayNumber(instant);
    if (!current || day !== number) {
      const count = times.get(day) ?? 0;
      times.set(day, count + 1);
      number = day;
      current = { key: count === 0 ? String(day) : `${day}.${count}`, at: instant, items: [] };
      days.push(current);
    }
    current.items.push(item);
  }
  return days;
}

/** How a day is best named from where somebody stands. */
export type DayName = "today" | "yesterday" | "tomorrow" | "weekday" | "date" | "dateWithYear";

/** The kind of name that a day deserves: weekdays reach back six days, never forward. */
export function dayName(at: number, now: number): DayName {
  const back = dayNumber(now) - dayNumber(at);
  if (back === 0) return "today";
  if (back === 1) return "yesterday";
  if (back === -1) return "tomorrow";
  if (back > 1 && back < 7) return "weekday";
  return new Date(at).getFullYear() === new Date(now).getFullYear() ? "date" : "dateWithYear";
}
