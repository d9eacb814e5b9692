import type { Attachment } from "svelte/attachments";

const rovingItem = "[data-roving]:not([disabled])";

/** Which item an arrow key leads to, or -1. Lists end at their ends, menus wrap round. */
export function rove(key: string, at: number, count: number, wrap: boolean, orientation: "vertical" | "horizontal" = "vertical"): number {
  const [previous, next] = orientation === "vertical" ? ["ArrowUp", "ArrowDown"] : ["ArrowLeft", "ArrowRight"];
  if (count === 0) return -1;
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  const step = key === next ? 1 : key === previous ? -1 : 0;
  if (step === 0) return -1;
  if (at < 0) return step > 0 ? 0 : count - 1;
  const to = at + step;
  return wrap ? (to + count) % count : Math.max(0, Math.min(to, count - 1));
}

/**
 * One Tab stop for all [data-roving] inside an element; arrow keys, Home and End
 * move between them. The item that had the focus last, else the current page's
 * link, else the first, is the Tab stop.
 */
export function roving(options: { wrap?: boolean; orientation?: "vertical" | "horizontal" } = {}): Attachment<HTMLElement> {
  return (root) => {
    const items = () => [...root.querySelectorAll<HTMLElement>(rovingItem)];
    let last: Element | null = null;

    const settle = () => {
      const all = items();
      const stop = all.find((el) => el === last) ?? all.find((el) => el.ariaCurrent === "page" || el.ariaSelected === "true") ?? all[0];
      for (const el of all) el.tabIndex = el === stop ? 0 : -1;
    };
    const onKey = (e: KeyboardEvent) => {
      if (e.altKey || e.ctrlKey || e.metaKey || e.shiftKey) return;
      const all = items();
      const to = rove(e.key, all.findIndex((el) => el === document.activeElement), all.length, options.wrap ?? false, options.orientation);
      const target = all[to];
      if (!target || (e.target instanceof HTMLInputElement && e.target.type === "text")) return;
      e.preventDefault();
      target.focus();
    };
    const onFocus = (e: FocusEvent) => {
      if (e.target instanceof Element && e.target.matches(rovingItem)) {
        last = e.target;
        settle();
      }
    };

    settle();
    const observer = new MutationObserver(settle);
    observer.observe(root, { childList: true, subtree: true });
    root.addEventListener("keydown", onKey);
    root.addEventListener("focusin", onFocus);
    return () => {
      observer.disconnect();
      root.removeEventListener("keydown", onKey);
      root.removeEventListener("focusin", onFocus);
    };
  };
}

/** Puts the focus on an element as soon as it is there: for the one field that a dialog is about. */
export const focusNow: Attachment<HTMLElement> = (el) => {
  el.focus();
};
