// The keys of a message that has the focus, in a timeline or a thread.
import type { Message } from "../../api/generated";
import { copy, linkTo, openThread, rights, type Stage } from "./acts";
import { isGone } from "./rows";
import { text } from "./text";

/** Moves the focus among the messages around the one that has it. */
function move(from: EventTarget | null, key: string): boolean {
  if (!(from instanceof HTMLElement)) return false;
  const all = [...(from.parentElement?.querySelectorAll<HTMLElement>(":scope > [data-message]") ?? [])];
  const at = all.indexOf(from);
  const to = key === "ArrowUp" ? at - 1 : key === "ArrowDown" ? at + 1 : key === "Home" ? 0 : all.length - 1;
  all[to]?.focus();
  return all[to] !== undefined;
}

/** Does what a key means; false when it means nothing here. */
export function onMessageKey(e: KeyboardEvent, stage: Stage, message: Message, focusComposer: () => void): boolean {
  if (e.ctrlKey || e.metaKey || e.altKey) return false;
  const may = rights(stage, message);
  switch (e.key) {
    case "ArrowUp":
    case "ArrowDown":
    case "Home":
    case "End":
      return move(e.target, e.key);
    case "r":
      if (!may.answer) return false;
      stage.composer.reply(message);
      focusComposer();
      return true;
    case "t":
      if (!may.answer || stage.thread !== null) return false;
      openThread(stage, message);
      return true;
    case "e":
      if (!may.edit) return false;
      stage.composer.edit(message);
      focusComposer();
      return true;
    case "c":
      if (isGone(message)) return false;
      void copy(stage.app, message.text, text().acts.copied);
      return true;
    case "l":
      if (message.seq === 0) return false;
      void copy(stage.app, linkTo(stage, message), text().acts.linkCopied);
      return true;
    case "Delete":
      if (!may.remove) return false;
      stage.overlays.delete(message.id);
      return true;
    default:
      return false;
  }
}
