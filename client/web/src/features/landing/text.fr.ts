import type { Messages } from "./text.en";

export const fr: Messages = {
  title: "Votre équipe, portes closes",
  lead: "Cénacle est un espace de travail pour les équipes dont les échanges ne regardent personne d’autre\u00a0: des salons, des salons privés, des messages directs, et des invités qui ne voient que ce à quoi on les a conviés.",
  start: "Créer un compte",
  signin: "Se connecter",
  first: {
    title: "Ce serveur est neuf",
    text: "Personne n’y a encore de compte. Le premier, le vôtre si vous le créez maintenant, administre le serveur\u00a0: inscriptions, quotas, nom et couleurs. Il ne peut pas lire ce que les autres écrivent.",
  },
  byInvite: {
    title: "Ici, on s’inscrit sur invitation",
    text: "Une personne qui fait partie d’un espace de ce serveur peut vous envoyer un lien d’invitation. Ouvrez-le, ou collez-le ici.",
    label: "Lien d’invitation",
    go: "Ouvrir l’invitation",
    wrong: "Ce n’est pas un lien d’invitation. Un tel lien se termine par /i# suivi d’une longue suite de lettres et de chiffres.",
  },
  closed: {
    title: "Ce serveur n’accepte pas de nouveau compte",
    text: "Si vous en avez un, connectez-vous. Sinon, adressez-vous à la personne qui gère ce serveur.",
  },
  unreachable: "Le serveur ne répond pas. Ce qui est dit ici reste vrai\u00a0; pour se connecter, il faut attendre son retour.",
  again: "Réessayer",
  asking: "Interrogation du serveur",
  welcome: (name) => `Le mot de ${name}`,
  for: "Pour qui",
  forText: "Équipes de projet, collectivités, cabinets, rédactions, associations\u00a0: des personnes qui travaillent ensemble pendant des mois et ouvrent à d’autres exactement la partie qui les concerne. Il s’installe sur une machine à vous, pour cinq personnes comme pour cinq mille.",
  points: [
    { title: "Écrit pour ses seuls lecteurs", text: "Ce que vous écrivez est chiffré et signé sur votre appareil, et ne s’ouvre que sur ceux des personnes du salon. Le serveur le conserve et le transmet. Il ne peut pas le lire." },
    { title: "Un serveur que l’on prend sur le fait", text: "Il ne peut ni ajouter un lecteur, ni modifier un message, ni en glisser un sans que l’application de chaque membre le remarque et vous en montre la preuve." },
    { title: "Vos clés restent entre vos mains", text: "Une phrase secrète que vous retenez, un kit de secours que vous gardez. Personne ne peut les réinitialiser à votre place, et personne ne peut s’en servir sans vous." },
  ],
  sees: "Ce que le serveur voit, et ce qu’il ne voit pas",
  cannot: "Il ne voit pas",
  cannotList: ["les messages, réactions, mentions et fichiers", "le nom des espaces, des salons et des personnes", "vos recherches et vos brouillons", "votre phrase secrète et vos clés"],
  can: "Il voit",
  canList: ["qui possède un compte, par son adresse, qui fait partie de quel espace, avec quel rôle", "qui écrit dans quel salon, quand, et à peu près combien", "l’adresse réseau depuis laquelle vous vous connectez", "il peut aussi refuser le service, ou perdre ce qu’il conserve"],
  check: "Cette page vient elle aussi du serveur. La commande «\u00a0cenacle verify-web\u00a0» la compare octet par octet à la version publiée, et «\u00a0cenacle open\u00a0» lance la même application depuis votre propre machine.",
  legal: "Mentions légales",
  noLegal: "La personne qui gère ce serveur n’a pas indiqué de mentions légales.",
  back: "Page d’accueil",
};
