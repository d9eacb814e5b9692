import { en as f } from "../../i18n/format";

export const en = {
  title: "Cénacle",
  one: "New message in a workspace.",
  several: "New messages in a workspace.",
  update: {
    title: "A new version is ready.",
    text: "It is used once the page has been loaded again. What you are writing is kept.",
    reload: "Reload",
    later: "Later",
  },
  offer: {
    title: "Somebody has written to you.",
    text: "Would you like to be told when this page is in the background? A notice only says that there is a message, never what it says or who wrote it.",
    allow: "Turn notices on",
    decline: "No, thank you",
  },
  settings: {
    heading: "Notifications",
    lead: "A notice outside the app says that there is a message in a workspace. It never shows what was written, by whom or where: it may appear on a locked screen.",
    device: "On this device",
    allowed: {
      granted: "Notices are on.",
      denied: "Your browser blocks notices from this site. You can allow them in the browser’s settings for this site, next to the address.",
      default: "Notices are off. Your browser will ask you to confirm.",
      unsupported: "This browser does not show notices for this page.",
    },
    offHint: "To turn them off on this device, use the browser’s settings for this site, or choose “Nothing” below for all your devices.",
    allow: "Turn notices on",
    about: "Tell me about",
    levels: {
      mentions: { label: "Mentions and direct messages", hint: "What is meant for you." },
      all: { label: "All messages", hint: "Everything in channels that are not muted." },
      none: { label: "Nothing", hint: "Unread counts are still shown in the app." },
    },
    sounds: "Sound",
    soundsHint: "Notices make the sound of your system.",
    muted: "Muted channels",
    mutedLead: "You are told of nothing in these. To mute a channel, open its menu in the sidebar.",
    mutedNone: "No channel is muted.",
    unmute: "Unmute",
    unmuteName: (name: string) => `Unmute ${name}`,
    direct: "Direct conversation",
    unknown: "A channel that is gone",
    unmuted: (name: string) => `${name} is not muted any more.`,
    changed: "Notifications changed.",
    everywhere: "These choices hold on all your devices.",
    mutedCount: (n: number) => f.plural(n, { zero: "No muted channels", one: "# muted channel", other: "# muted channels" }),
  },
};

export type Messages = typeof en;
