import type { Messages } from "./text.en";

export const fr: Messages = {
  none: { title: "Cette section n’existe pas", text: "Peut-être ne concerne-t-elle que les personnes qui administrent le serveur." },
  language: "Langue",
  look: "Présentation",
  densityHint: { comfortable: "Plus d’espace entre les messages et les rubriques.", compact: "Davantage de choses d’un coup d’œil." },
  writing: "Écriture",
  enterSends: "Entrée envoie le message",
  enterSendsHint: "Maj et Entrée passent à la ligne.",
  enterBreaks: "Entrée passe à la ligne. Ctrl et Entrée, sur Mac Commande et Entrée, envoient.",
  everywhere: "Ces choix valent sur tous vos appareils.",
  changed: {
    language: "La langue a été changée.",
    theme: "Le thème a été changé.",
    density: "La densité a été changée.",
    enterSends: "La touche Entrée a été changée.",
  },
};
