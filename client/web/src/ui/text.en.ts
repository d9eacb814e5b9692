export const en = {
  close: "Close",
  cancel: "Cancel",
  back: "Back",
  copy: "Copy",
  copied: "Copied",
  copyFailed: "Your browser did not allow copying. Select the text and copy it yourself.",
  showPassphrase: "Show the passphrase",
  hidePassphrase: "Hide the passphrase",
  capsLock: "Caps Lock is on.",
  optional: "optional",
  loading: "Loading",
  more: "More",
  online: "Online",
  away: "Away",
  offline: "Offline",
  linkLeadsTo: (host: string) => `leads to ${host}`,
  scan: {
    starting: "Starting the camera",
    aim: "Hold the code in front of the camera.",
    noCamera: "There is no camera that this page may use. Paste or type the code instead.",
    other: "Or paste the code here",
    use: "Use this code",
    start: "Scan with the camera",
  },
};

export type Messages = typeof en;
