import type { Messages } from "./text.en";

export const fr: Messages = {
  title: "Votre équipe, portes closes",
  lead: "Cénacle est un espace de travail pour les équipes dont les échanges ne regardent personne d’autre : des salons, des salons privés, des messages directs, et des invités qui ne voient que ce à quoi on les a conviés.",
  points: [
    { title: "Écrit pour ses seuls lecteurs", text: "Ce que vous écrivez est chiffré et signé sur votre appareil, et ne s’ouvre que sur ceux des personnes du salon. Le serveur le conserve et le transmet. Il ne peut pas le lire." },
    { title: "Un serveur que l’on prend sur le fait", text: "Il ne peut ni ajouter un lecteur, ni modifier un message, ni en glisser un sans que l’application de chaque membre le remarque et vous en montre la preuve." },
    { title: "Vos clés restent entre vos mains", text: "Une phrase secrète que vous retenez, un kit de secours que vous gardez. Personne ne peut les réinitialiser à votre place, et personne ne peut s’en servir sans vous." },
  ],
  sees: "Ce que le serveur voit malgré tout",
  seesText: "Qui possède un compte et appartient à quel espace, à quel moment on écrit et à peu près combien, et depuis quelle adresse réseau. Il peut aussi refuser le service. Rien de plus.",
  command: "Cette page ne permet pas encore de vous connecter. Le même programme fait tout en ligne de commande :",
  appearance: "Apparence",
};
