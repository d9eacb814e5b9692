export const en = {
  title: "Emergency kit",
  of: (name: string) => `Emergency kit for ${name}`,
  purpose: "Together with your passphrase it signs you in on a new device. Whoever has it cannot do anything without the passphrase; nobody can make you another one.",
  server: "Server",
  email: "Email",
  key: "Account key",
  keyLabel: "Account key, in eight groups of four",
  qr: "QR code that opens the sign-in page with email and account key filled in",
  qrHint: "Scan it on the new device to fill in the form.",
  hint: "A hint for your passphrase",
  hintNote: "Never the passphrase itself.",
  madeOn: (date: string) => `Made on ${date}`,
  keep: "Keep this page where you keep your passport. Replace it when you revoke a device: that makes a new account key.",
  print: "Print",
  save: "Save as a file",
  copy: "Copy the key",
  fileName: "cenacle-emergency-kit.txt",
  how: "How to use it",
  steps: (address: string) => [`Open ${address} on the new device.`, "Enter your email, your passphrase and the account key, or scan the code.", "Nobody who works for the server will ever ask you for this page."],
  proof: {
    group: (place: number) => `Group ${place}`,
    wrong: "This is not the group in your kit. Look at the page you kept.",
    check: "Check",
    ask: "Have your kit at hand and type these two of its groups.",
  },
};

export type Messages = typeof en;
