import type { Messages } from "./text.en";

export const fr: Messages = {
  close: "Fermer",
  cancel: "Annuler",
  back: "Retour",
  copy: "Copier",
  copied: "Copié",
  copyFailed: "Votre navigateur a refusé la copie. Sélectionnez le texte et copiez-le vous-même.",
  showPassphrase: "Afficher la phrase secrète",
  hidePassphrase: "Masquer la phrase secrète",
  capsLock: "Le verrouillage des majuscules est activé.",
  optional: "facultatif",
  loading: "Chargement",
  more: "Plus",
  online: "En ligne",
  away: "Absent",
  offline: "Hors ligne",
  linkLeadsTo: (host) => `mène à ${host}`,
  scan: {
    starting: "Ouverture de la caméra",
    aim: "Présentez le code devant la caméra.",
    noCamera: "Cette page n’a accès à aucune caméra. Collez ou saisissez plutôt le code.",
    other: "Ou collez le code ici",
    use: "Utiliser ce code",
    start: "Scanner avec la caméra",
  },
};
