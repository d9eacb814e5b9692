import type { Attachment } from "svelte/attachments";
import { putBeside } from "../lib/place";

/** How long the pointer rests before the tooltip shows, in milliseconds. */
const delay = 450;

let shared: HTMLElement | null = null;

function element(): HTMLElement {
  if (!shared?.isConnected) {
    shared = document.createElement("div");
    shared.className = "tooltip";
    shared.popover = "manual";
    // What it says is the accessible name of its anchor already.
    shared.ariaHidden = "true";
    document.body.append(shared);
  }
  return shared;
}

/**
 * Shows the name of a control that has no words, when the pointer rests on it or the
 * keyboard reaches it. Never the only place of an information: touch has no tooltips.
 */
export function tooltip(text: () => string): Attachment<HTMLElement> {
  return (anchor) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let shown = false;

    const show = () => {
      const el = element();
      el.textContent = text();
      if (!el.matches(":popover-open")) el.showPopover();
      putBeside(el, anchor.getBoundingClientRect(), "bottom");
      shown = true;
    };
    const hide = () => {
      clearTimeout(timer);
      if (shown) shared?.hidePopover();
      shown = false;
    };
    const onEnter = (e: PointerEvent) => {
      if (e.pointerType !== "mouse") return;
      clearTimeout(timer);
      timer = setTimeout(show, delay);
    };
    const onFocus = () => {
      if (anchor.matches(":focus-visible")) show();
    };
    const onKey = (e: KeyboardEvent) => {
      if (e.key === "Escape") hide();
    };

    anchor.addEventListener("pointerenter", onEnter);
    anchor.addEventListener("pointerleave", hide);
    anchor.addEventListener("pointerdown", hide);
    anchor.addEventListener("focus", onFocus);
    anchor.addEventListener("blur", hide);
    anchor.addEventListener("keydown", onKey);
    return () => {
      hide();
      anchor.removeEventListener("pointerenter", onEnter);
      anchor.removeEventListener("pointerleave", hide);
      anchor.removeEventListener("pointerdown", hide);
      anchor.removeEventListener("focus", onFocus);
      anchor.removeEventListener("blur", hide);
      anchor.removeEventListener("keydown", onKey);
    };
  };
}
