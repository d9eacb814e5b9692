// What can be done with a message, for its menu, its buttons and its keys.
import Copy from "@lucide/svelte/icons/copy";
import Link2 from "@lucide/svelte/icons/link-2";
import MessageSquareText from "@lucide/svelte/icons/message-square-text";
import Pencil from "@lucide/svelte/icons/pencil";
import Pin from "@lucide/svelte/icons/pin";
import PinOff from "@lucide/svelte/icons/pin-off";
import Reply from "@lucide/svelte/icons/reply";
import Trash2 from "@lucide/svelte/icons/trash-2";
import type { AppState } from "../../app/state.svelte";
import type { EventID, Message } from "../../api/generated";
import type { MenuEntry, MenuItem } from "../../ui/menu";
import type { Room } from "./chat.svelte";
import type { Composer } from "./composer.svelte";
import type { Overlays } from "./overlays.svelte";
import { places } from "./places";
import { isGone } from "./rows";
import { text } from "./text";

/** Where a message is shown, which decides what can be done with it. */
export interface Stage {
  app: AppState;
  room: Room;
  composer: Composer;
  overlays: Overlays;
  /** The root of the thread that is shown; null in the channel. */
  thread: EventID | null;
}

/** Whether the user may change a message: nobody edits what others wrote, admins may delete it. */
export function rights(stage: Stage, message: Message): { edit: boolean; remove: boolean; answer: boolean } {
  const { people, channels } = stage.room.space;
  const channel = channels.get(stage.room.id);
  const own = people.me?.user === message.author;
  const write = channel !== undefined && !channel.archived && !channel.stopped;
  const stored = message.seq > 0 && !isGone(message);
  return { edit: write && own && stored, remove: write && stored && (own || people.me?.role === "admin" || people.me?.role === "owner"), answer: write && stored };
}

export async function copy(app: AppState, value: string, done: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(value);
    app.toasts.show({ text: done });
  } catch {
    app.toasts.show({ text: text().acts.copyRefused });
  }
}

/** The address of a message, for those who read the channel. */
export function linkTo(stage: Stage, message: Message): string {
  return location.origin + places.message(stage.room.space.id, stage.room.id, message.id);
}

export function react(stage: Stage, message: Message, emoji: string): void {
  const me = stage.room.space.people.me?.user;
  if (me === undefined) return;
  const on = !message.reactions.some((reaction) => reaction.emoji === emoji && reaction.users.includes(me));
  if (on) stage.room.chat.recent.use(emoji);
  void stage.overlays.react(message, emoji, on, me);
}

export function openThread(stage: Stage, message: Message): void {
  stage.app.router.setPanel({ kind: "thread", id: message.thread ?? message.id });
}

/** The lines of a message's menu. */
export function menuOf(stage: Stage, message: Message, focusComposer: () => void): MenuEntry[] {
  const may = rights(stage, message);
  const { app, composer, overlays } = stage;
  const acts = text().acts;
  const out: MenuEntry[] = [];
  const add = (on: boolean, item: MenuItem) => {
    if (on) out.push(item);
  };
  add(may.answer, {
    label: acts.reply, icon: Reply, keys: "R",
    run: () => {
      composer.reply(message);
      focusComposer();
    },
  });
  add(may.answer && stage.thread === null, { label: acts.thread, icon: MessageSquareText, keys: "T", run: () => openThread(stage, message) });
  add(may.edit, {
    label: acts.edit, icon: Pencil, keys: "E",
    run: () => {
      composer.edit(message);
      focusComposer();
    },
  });
  add(may.answer, { label: message.pinned ? acts.unpin : acts.pin, icon: message.pinned ? PinOff : Pin, run: () => void overlays.pin(message, !message.pinned) });
  if (out.length > 0) out.push("divider");
  add(!isGone(message), { label: acts.copyText, icon: Copy, keys: "C", run: () => void copy(app, message.text, acts.copied) });
  add(message.seq > 0, { label: acts.copyLink, icon: Link2, keys: "L", run: () => void copy(app, linkTo(stage, message), acts.linkCopied) });
  if (may.remove) {
    out.push("divider");
    out.push({ label: acts.remove, icon: Trash2, keys: "Del", danger: true, run: () => overlays.delete(message.id) });
  }
  return out;
}
