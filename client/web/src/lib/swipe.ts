import type { Attachment } from "svelte/attachments";

/** What a finger did: how far and how fast (pixels, pixels a millisecond), in a window this wide. */
export interface Swipe {
  dx: number;
  dy: number;
  speed: number;
  width: number;
}

/** Whether a finished movement means "back": mostly to the right, and far or fast enough. */
export function isBack(s: Swipe): boolean {
  if (s.dx < 32 || Math.abs(s.dy) > s.dx * 0.75) return false;
  return s.dx > s.width / 3 || s.speed > 0.5;
}

/** Whether the finger stands in something that scrolls sideways by itself. */
function scrollsSideways(from: EventTarget | null, root: HTMLElement): boolean {
  for (let el = from instanceof Element ? from : null; el && el !== root; el = el.parentElement) {
    if (el.scrollLeft > 0) return true;
  }
  return false;
}

/**
 * Calls back when somebody swipes an element to the right with one finger. The
 * element follows the finger through the property --swipe (pixels).
 */
export function swipeBack(back: () => void, enabled: () => boolean = () => true): Attachment<HTMLElement> {
  return (el) => {
    let start: { x: number; y: number; at: number } | null = null;
    let moving = false;

    const reset = () => {
      start = null;
      moving = false;
      el.style.removeProperty("--swipe");
      delete el.dataset["swiping"];
    };
    const onStart = (e: TouchEvent) => {
      const touch = e.touches[0];
      reset();
      if (!touch || e.touches.length !== 1 || !enabled() || scrollsSideways(e.target, el)) return;
      start = { x: touch.clientX, y: touch.clientY, at: e.timeStamp };
    };
    const onMove = (e: TouchEvent) => {
      const touch = e.touches[0];
      if (!start || !touch) return;
      const dx = touch.clientX - start.x;
      const dy = touch.clientY - start.y;
      if (!moving) {
        if (Math.abs(dy) > 12 || dx < -12) {
          reset();
          return;
        }
        if (dx < 16) return;
        moving = true;
        el.dataset["swiping"] = "";
      }
      el.style.setProperty("--swipe", `${Math.max(0, dx)}px`);
    };
    const onEnd = (e: TouchEvent) => {
      const touch = e.changedTouches[0];
      const from = start;
      const wasMoving = moving;
      reset();
      if (!from || !touch || !wasMoving) return;
      const dx = touch.clientX - from.x;
      const elapsed = Math.max(1, e.timeStamp - from.at);
      if (isBack({ dx, dy: touch.clientY - from.y, speed: dx / elapsed, width: window.innerWidth })) back();
    };

    el.addEventListener("touchstart", onStart, { passive: true });
    el.addEventListener("touchmove", onMove, { passive: true });
    el.addEventListener("touchend", onEnd, { passive: true });
    el.addEventListener("touchcancel", reset, { passive: true });
    return () => {
      el.removeEventListener("touchstart", onStart);
      el.removeEventListener("touchmove", onMove);
      el.removeEventListener("touchend", onEnd);
      el.removeEventListener("touchcancel", reset);
    };
  };
}
