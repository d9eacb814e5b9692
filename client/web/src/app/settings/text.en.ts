export const en = {
  title: "Settings",
  sections: {
    general: "General",
    notifications: "Notifications",
    account: "Account and devices",
    registration: "Registration and quotas",
    accounts: "Accounts",
    branding: "Appearance of the server",
  },
  groups: { app: "The app", you: "You", server: "This server" },
};

export type Messages = typeof en;
