import type { Messages } from "./text.en";

export const fr: Messages = {
  title: "Kit de secours",
  of: (name) => `Kit de secours pour ${name}`,
  purpose: "Avec votre phrase secrète, il vous connecte sur un nouvel appareil. Qui le trouve n’en fait rien sans la phrase secrète\u00a0; personne ne peut vous en refaire un.",
  server: "Serveur",
  email: "Adresse e-mail",
  key: "Clé de compte",
  keyLabel: "Clé de compte, en huit groupes de quatre",
  qr: "Code QR qui ouvre la page de connexion avec l’adresse et la clé de compte déjà saisies",
  qrHint: "Scannez-le sur le nouvel appareil pour remplir le formulaire.",
  hint: "Un indice pour votre phrase secrète",
  hintNote: "Jamais la phrase secrète elle-même.",
  madeOn: (date) => `Établi le ${date}`,
  keep: "Rangez cette page avec vos papiers d’identité. Remplacez-la si vous révoquez un appareil\u00a0: la clé de compte change alors.",
  print: "Imprimer",
  save: "Enregistrer un fichier",
  copy: "Copier la clé",
  fileName: "cenacle-kit-de-secours.txt",
  how: "Comment s’en servir",
  steps: (address) => [`Ouvrez ${address} sur le nouvel appareil.`, "Saisissez votre adresse, votre phrase secrète et la clé de compte, ou scannez le code.", "Aucun responsable du serveur ne vous demandera jamais cette page."],
  proof: {
    group: (place) => `Groupe ${place}`,
    wrong: "Ce n’est pas le groupe de votre kit. Regardez la page que vous avez gardée.",
    check: "Vérifier",
    ask: "Prenez votre kit et saisissez ces deux groupes.",
  },
};
