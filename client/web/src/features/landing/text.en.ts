export const en = {
  title: "A room of your own for your team",
  lead: "Cénacle is a workspace for teams whose conversations are nobody else’s business: channels, private channels, direct messages, and guests who see only what they were invited to.",
  points: [
    { title: "Written for its readers only", text: "What you write is encrypted and signed on your device, and opens on the devices of the people in the room. The server keeps it and passes it on. It cannot read it." },
    { title: "A server that can be caught", text: "It cannot add a reader, change a message or slip one in without every member’s app noticing, and showing you the proof." },
    { title: "Your keys, in your hands", text: "A passphrase that you remember and an emergency kit that you keep. Nobody can reset them for you, and nobody can use them without you." },
  ],
  sees: "What the server does see",
  seesText: "Who has an account and belongs to which workspace, when something is written and about how much, and from which network address. It can also refuse to serve. Nothing else.",
  command: "This page cannot sign you in yet. The same program does everything on the command line:",
  appearance: "Appearance",
};

export type Messages = typeof en;
