import { fr as f } from "../../i18n/format";
import type { Messages } from "./text.en";

export const fr: Messages = {
  title: "Cénacle",
  one: "Nouveau message dans un espace.",
  several: "Nouveaux messages dans un espace.",
  update: {
    title: "Une nouvelle version est prête.",
    text: "Elle sera utilisée une fois la page rechargée. Ce que vous écrivez est conservé.",
    reload: "Recharger",
    later: "Plus tard",
  },
  offer: {
    title: "On vous a écrit.",
    text: "Souhaitez-vous être averti lorsque cette page est à l’arrière-plan ? Un avis dit seulement qu’il y a un message, jamais ce qu’il contient ni qui l’a écrit.",
    allow: "Activer les avis",
    decline: "Non, merci",
  },
  settings: {
    heading: "Notifications",
    lead: "Un avis en dehors de l’application dit qu’il y a un message dans un espace. Il ne montre jamais ce qui est écrit, ni par qui, ni où : il peut s’afficher sur un écran verrouillé.",
    device: "Sur cet appareil",
    allowed: {
      granted: "Les avis sont activés.",
      denied: "Votre navigateur bloque les avis de ce site. Vous pouvez les autoriser dans les réglages du navigateur pour ce site, à côté de l’adresse.",
      default: "Les avis sont désactivés. Votre navigateur vous demandera de confirmer.",
      unsupported: "Ce navigateur n’affiche pas d’avis pour cette page.",
    },
    offHint: "Pour les désactiver sur cet appareil, passez par les réglages du navigateur pour ce site, ou choisissez « Rien » ci-dessous pour tous vos appareils.",
    allow: "Activer les avis",
    about: "M’avertir pour",
    levels: {
      mentions: { label: "Les mentions et les messages directs", hint: "Ce qui vous est adressé." },
      all: { label: "Tous les messages", hint: "Tout ce qui s’écrit dans les salons qui ne sont pas en sourdine." },
      none: { label: "Rien", hint: "Le nombre de messages non lus reste affiché dans l’application." },
    },
    sounds: "Son",
    soundsHint: "Les avis font entendre le son de votre système.",
    muted: "Salons en sourdine",
    mutedLead: "Vous n’êtes averti de rien dans ces salons. Pour mettre un salon en sourdine, ouvrez son menu dans la barre latérale.",
    mutedNone: "Aucun salon n’est en sourdine.",
    unmute: "Rétablir",
    unmuteName: (name) => `Rétablir les avis de ${name}`,
    direct: "Conversation directe",
    unknown: "Un salon qui n’existe plus",
    unmuted: (name) => `${name} n’est plus en sourdine.`,
    changed: "Notifications modifiées.",
    everywhere: "Ces choix valent sur tous vos appareils.",
    mutedCount: (n) => f.plural(n, { zero: "Aucun salon en sourdine", one: "# salon en sourdine", many: "# de salons en sourdine", other: "# salons en sourdine" }),
  },
};
