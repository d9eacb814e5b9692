export const en = {
  title: "A room of your own for your team",
  lead: "Cénacle is a workspace for teams whose conversations are nobody else’s business: channels, private channels, direct messages, and guests who see only what they were invited to.",
  start: "Create an account",
  signin: "Sign in",
  first: {
    title: "This server is new",
    text: "Nobody has an account yet. The first account, yours if you create it now, administers the server: who may sign up, quotas, name and colours. It cannot read what others write.",
  },
  byInvite: {
    title: "Accounts are made by invitation here",
    text: "Somebody who is in a workspace on this server can send you an invite link. Open it, or paste it here.",
    label: "Invite link",
    go: "Open the invite",
    wrong: "This is no invite link. It ends in /i# and a long row of letters and digits.",
  },
  closed: {
    title: "This server takes no new accounts",
    text: "If you have one, sign in. Otherwise ask whoever runs the server.",
  },
  unreachable: "The server does not answer. What is said here is true all the same; signing in has to wait until it is back.",
  again: "Ask again",
  asking: "Asking the server",
  welcome: (name: string) => `A word from ${name}`,
  for: "For whom",
  forText: "Project teams, councils, firms, newsrooms, associations: people who work together for months and invite outsiders into exactly the part that concerns them. It runs on any computer of yours, for five people or five thousand.",
  points: [
    { title: "Written for its readers only", text: "What you write is encrypted and signed on your device, and opens on the devices of the people in the room. The server keeps it and passes it on. It cannot read it." },
    { title: "A server that can be caught", text: "It cannot add a reader, change a message or slip one in without every member’s app noticing, and showing you the proof." },
    { title: "Your keys, in your hands", text: "A passphrase that you remember and an emergency kit that you keep. Nobody can reset them for you, and nobody can use them without you." },
  ],
  sees: "What the server sees, and what it does not",
  cannot: "It cannot see",
  cannotList: ["messages, reactions, mentions, files", "names of workspaces, channels and people", "what you search for, and what you have drafted", "your passphrase and your keys"],
  can: "It does see",
  canList: ["who has an account, by email, and who is in which workspace, with which role", "who writes in which channel, when, and about how much", "from which network address you connect", "it can also refuse to serve, or lose what it keeps"],
  check: "This page comes from the server as well. Its release can be compared byte by byte with the command “cenacle verify-web”, and “cenacle open” runs the same app from your own machine.",
  legal: "Legal notices",
  noLegal: "Whoever runs this server has not given any legal notices.",
  back: "To the start page",
};

export type Messages = typeof en;
