import { expect, test } from "vitest";
import { dayName, dayNumber, groupByDay } from "./dates";

const at = (y: number, m: number, d: number, h = 12, min = 0) => new Date(y, m - 1, d, h, min).getTime();

test("days follow the local calendar", () => {
  expect(dayNumber(at(2026, 3, 1, 0, 0))).toBe(dayNumber(at(2026, 3, 1, 23, 59)));
  expect(dayNumber(at(2026, 3, 2, 0, 0)) - dayNumber(at(2026, 3, 1, 23, 59))).toBe(1);
  // 365 days, whatever the clock changes were.
  expect(dayNumber(at(2027, 3, 1)) - dayNumber(at(2026, 3, 1))).toBe(365);
});

test("groups keep the order; a day that comes back is its own group", () => {
  const items = [at(2026, 3, 1, 9), at(2026, 3, 1, 22), at(2026, 3, 2, 0, 1), at(2026, 3, 1, 23)];
  const days = groupByDay(items, (x) => x);
  expect(days.map((day) => day.items.length)).toEqual([2, 1, 1]);
  expect(days.flatMap((day) => day.items)).toEqual(items);
  expect(new Set(days.map((day) => day.key)).size).toBe(3);
  expect(groupByDay([], (x: number) => x)).toEqual([]);
});

test("names of days", () => {
  const now = at(2026, 3, 11, 0, 5);
  expect(dayName(at(2026, 3, 11, 23), now)).toBe("today");
  expect(dayName(at(2026, 3, 10, 23, 59), now)).toBe("yesterday");
  expect(dayName(at(2026, 3, 12), now)).toBe("tomorrow");
  expect(dayName(at(2026, 3, 5), now)).toBe("weekday");
  expect(dayName(at(2026, 3, 4), now)).toBe("date");
  expect(dayName(at(2026, 3, 14), now)).toBe("date");
  expect(dayName(at(2025, 12, 31), now)).toBe("dateWithYear");
});
