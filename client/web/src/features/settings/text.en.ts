export const en = {
  none: { title: "There is no such section", text: "It may concern only those who administer the server." },
  language: "Language",
  look: "Look",
  densityHint: { comfortable: "More room between messages and places.", compact: "More of them at once." },
  writing: "Writing",
  enterSends: "Enter sends the message",
  enterSendsHint: "Shift and Enter begin a new line.",
  enterBreaks: "Enter begins a new line. Ctrl and Enter, on a Mac Command and Enter, send.",
  everywhere: "These choices hold on all your devices.",
  changed: {
    language: "The language was changed.",
    theme: "The theme was changed.",
    density: "The density was changed.",
    enterSends: "The Enter key was changed.",
  },
};

export type Messages = typeof en;
