// How this feature's pages find the chat of the session: by the page's state, which
// they have anyway.
import { useApp, type AppState } from "../../app/state.svelte";
import { parseMarkdown, plainText } from "../../lib/markdown/parse";
import { Chat } from "./chat.svelte";
import { places } from "./places";
import { text } from "./text";

/** How much of a message is read out when it arrives, in UTF-16 units, and of how many. */
const announced = 200;
const mostAnnounced = 3;

/** One chat a session of the page's state. */
const chats = new WeakMap<AppState, Chat>();

/** The chat of the session, made when it is first asked for. */
export function chatOf(app: AppState): Chat {
  const known = chats.get(app);
  if (known) return known;
  const chat = new Chat(app.api, {
    visible: () => document.visibilityState === "visible" && document.hasFocus(),
    tell: (sentence) => app.toasts.show({ text: sentence }),
    thread: (room, root) => app.router.go(places.thread(room.space.id, room.id, root), { replace: true }),
    arrived: (room, messages) => {
      const { people } = room.space;
      const said = messages.slice(-mostAnnounced).map((message) => text().announced(people.name(message.author), plainText(parseMarkdown(message.text)).slice(0, announced)));
      app.announce(said.join(" "));
    },
  });
  chats.set(app, chat);
  return chat;
}

/** Forgets the chat: the session has ended. */
export function endChat(app: AppState): void {
  chats.get(app)?.close();
  chats.delete(app);
}

/** The chat of the session; in a component's script only. */
export function useChat(): Chat {
  return chatOf(useApp());
}
