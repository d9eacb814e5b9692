import { describe, expect, test } from "vitest";
import { anchorOf, firstBelow, isAtEnd, lastSeen, positionOf, type Box } from "./anchor";

/** Rows one below the other, of these heights. */
function stack(rows: readonly (readonly [key: string, height: number])[]): Box[] {
  let top = 0;
  return rows.map(([key, height]) => {
    const box = { key, top, height };
    top += height;
    return box;
  });
}

const heights = (boxes: readonly Box[]) => boxes.reduce((sum, box) => sum + box.height, 0);

describe("the reader stays where they are", () => {
  const before = stack(Array.from({ length: 40 }, (_, i) => [`e${i}`, 40 + (i % 7) * 9] as const));
  const view = { top: 700, height: 500, content: heights(before) };
  const anchor = anchorOf(before, view, true);

  test.each([
    ["older messages come", stack([...Array.from({ length: 60 }, (_, i) => [`o${i}`, 55] as const), ...before.map((box) => [box.key, box.height] as const)])],
    ["those above go", before.slice(10).map((box) => ({ ...box, top: box.top - (before[10]?.top ?? 0) }))],
    ["one above grows", stack(before.map((box, i) => [box.key, box.height + (i === 2 ? 300 : 0)] as const))],
    ["newer messages come", stack([...before.map((box) => [box.key, box.height] as const), ["n", 80]])],
  ])("when %s", (_, after) => {
    expect(anchor.at).toBe("row");
    const top = positionOf(anchor, after, { ...view, content: heights(after) });
    const key = anchor.at === "row" ? anchor.key : "";
    const offset = (boxes: readonly Box[], y: number) => (boxes.find((box) => box.key === key)?.top ?? Number.NaN) - y;
    expect(offset(after, top ?? Number.NaN)).toBe(offset(before, view.top));
  });

  test("whose row is gone is not moved", () => {
    expect(positionOf({ at: "row", key: "gone", offset: 0 }, before, view)).toBeNull();
  });
});

test("at the end one stays at the end, unless newer messages are not loaded", () => {
  const boxes = stack([["a", 400], ["b", 400]]);
  const view = { top: 300, height: 500, content: 800 };
  expect(isAtEnd(view)).toBe(true);
  expect(anchorOf(boxes, view, true)).toEqual({ at: "end" });
  expect(positionOf({ at: "end" }, boxes, { ...view, content: 1000 })).toBe(500);
  expect(anchorOf(boxes, view, false)).toEqual({ at: "row", key: "a", offset: -300 });
});

test("the first row below a height is found by halves", () => {
  const bottoms = [10, 20, 30, 40];
  for (const [y, want] of [[0, 0], [10, 1], [15, 1], [39, 3], [40, 4]] as const) expect(firstBelow(4, (i) => bottoms[i] ?? 0, y)).toBe(want);
  expect(firstBelow(0, () => 0, 5)).toBe(0);
});

test("what was seen is what really stood in the view", () => {
  const boxes = stack([["a", 100], ["b", 100], ["tall", 900], ["c", 50]]);
  const at = (top: number) => lastSeen(boxes, { top, height: 300, content: 1150 });
  expect(at(0)).toBe("b");
  expect(at(40)).toBe("b");
  // Of what is taller than the view, half a view is enough.
  expect(at(60)).toBe("tall");
  expect(at(850)).toBe("c");
  expect(lastSeen([], { top: 0, height: 300, content: 0 })).toBeNull();
});
