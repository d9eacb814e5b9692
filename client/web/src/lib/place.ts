// Where something that floats goes: pure arithmetic, so that it can be tested.

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** The side of the anchor, then the edge to align with. */
export type Placement = "bottom-start" | "bottom-end" | "top-start" | "top-end" | "right-start" | "left-start" | "top" | "bottom";

/** What stays free between the anchor, the window's edge and what floats, in pixels. */
const gap = 6;
const margin = 8;

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(value, most));
}

/**
 * The corner of a floating box of this size beside its anchor: on the wanted side,
 * else on the other one when there is more room, and always inside the window.
 */
export function place(anchor: Box, size: { width: number; height: number }, view: { width: number; height: number }, wanted: Placement): { left: number; top: number } {
  const [side, align] = wanted.split("-") as [string, string | undefined];
  const right = anchor.left + anchor.width;
  const bottom = anchor.top + anchor.height;
  let left: number;
  let top: number;
  if (side === "left" || side === "right") {
    const roomRight = view.width - right;
    const toRight = side === "right" ? roomRight >= size.width + gap || roomRight >= anchor.left : anchor.left < size.width + gap && roomRight > anchor.left;
    left = toRight ? right + gap : anchor.left - gap - size.width;
    top = anchor.top;
  } else {
    const roomBelow = view.height - bottom;
    const below = side === "bottom" ? roomBelow >= size.height + gap || roomBelow >= anchor.top : anchor.top < size.height + gap && roomBelow > anchor.top;
    top = below ? bottom + gap : anchor.top - gap - size.height;
    left = align === "start" ? anchor.left : align === "end" ? right - size.width : anchor.left + anchor.width / 2 - size.width / 2;
  }
  return {
    left: Math.round(clamp(left, margin, Math.max(margin, view.width - size.width - margin))),
    top: Math.round(clamp(top, margin, Math.max(margin, view.height - size.height - margin))),
  };
}

/** Puts an element of the top layer beside an anchor, through the CSS object model. */
export function putBeside(floating: HTMLElement, anchor: Box, wanted: Placement): void {
  const size = { width: floating.offsetWidth, height: floating.offsetHeight };
  const at = place(anchor, size, { width: document.documentElement.clientWidth, height: window.innerHeight }, wanted);
  floating.style.left = `${at.left}px`;
  floating.style.top = `${at.top}px`;
}
