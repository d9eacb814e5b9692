import type { Messages } from "./text.en";

export const fr: Messages = {
  title: "Réglages",
  sections: {
    general: "Général",
    notifications: "Notifications",
    account: "Compte et appareils",
    registration: "Inscription et quotas",
    accounts: "Comptes",
    branding: "Apparence du serveur",
  },
  groups: { app: "L’application", you: "Vous", server: "Ce serveur" },
};
