// Where a reader is, so that nothing jumps when messages come and go above: a row and
// how far its top is from the top of the view. Pure arithmetic over measured boxes.

/** A measured row, in pixels from the top of the content. */
export interface Box {
  key: string;
  top: number;
  height: number;
}

/** end: held at the newest message, whatever grows. */
export type Anchor = { at: "end" } | { at: "row"; key: string; offset: number };

/** How near the end counts as there, in pixels. */
const nearEnd = 24;

export interface View {
  /** The scroll position, and the heights of what is seen and of all. */
  top: number;
  height: number;
  content: number;
}

export function isAtEnd(view: View): boolean {
  return view.content - view.top - view.height <= nearEnd;
}

/** The first of the boxes, in order, that ends below a height; found by halves. */
export function firstBelow(count: number, bottomOf: (i: number) => number, y: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (bottomOf(middle) > y) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The anchor of a view: the end when the newest is shown and nothing newer is missing, else the first row seen. */
export function anchorOf(boxes: readonly Box[], view: View, complete: boolean): Anchor {
  if (complete && isAtEnd(view)) return { at: "end" };
  const i = firstBelow(boxes.length, (n) => (boxes[n]?.top ?? 0) + (boxes[n]?.height ?? 0), view.top);
  const box = boxes[Math.min(i, boxes.length - 1)];
  return box ? { at: "row", key: box.key, offset: box.top - view.top } : { at: "end" };
}

/** The scroll position at which the anchor is where it was; null when its row is gone. */
export function positionOf(anchor: Anchor, boxes: readonly Box[], view: View): number | null {
  if (anchor.at === "end") return Math.max(0, view.content - view.height);
  const box = boxes.find((one) => one.key === anchor.key);
  return box ? box.top - anchor.offset : null;
}

/**
 * The last row that was really seen: its end is in the view, or, of what is taller
 * than half the view, a good part.
 */
export function lastSeen(boxes: readonly Box[], view: View): string | null {
  const bottom = view.top + view.height;
  for (let i = boxes.length - 1; i >= 0; i--) {
    const box = boxes[i];
    if (!box || box.top >= bottom) continue;
    const wanted = Math.min(box.height, view.height / 2) - 2;
    if (bottom - box.top >= wanted) return box.key;
  }
  return null;
}
