// The emoji that are offered, with the words by which English and French find them.
// Others can be typed as on any keyboard.
import { locale } from "../../i18n";
import { fold, score } from "../../lib/fuzzy";

export const emojiGroups = ["smileys", "hands", "hearts", "nature", "food", "work", "travel", "signs"] as const;
export type EmojiGroup = (typeof emojiGroups)[number];

export interface Emoji {
  emoji: string;
  group: EmojiGroup;
  /** The name in the language in force. */
  readonly name: string;
  /** Folded words in both languages, to search in. */
  words: readonly string[];
}

// emoji, English words | French words; the first of each is the name.
const table: Record<EmojiGroup, string> = {
  smileys: `
😀 grin,smile,happy|sourire,content
😄 laugh,joy|rire,joie
😂 tears of joy,lol|mort de rire,mdr
🙂 slight smile|léger sourire
😉 wink|clin d’œil
😊 blush,pleased|rougir,ravi
😍 heart eyes,love|amoureux,adore
😘 kiss|bisou
😎 cool,sunglasses|cool,lunettes
🤩 star struck,wow|ébloui
🥳 party,celebrate|fête,célébrer
😇 angel,innocent|ange,innocent
🤔 thinking,hmm|réflexion,pensif
🤨 raised eyebrow,doubt|sceptique,doute
😐 neutral|neutre
🙄 eye roll|yeux au ciel
😏 smirk|narquois
😬 grimace,awkward|grimace,gêne
😅 sweat smile,phew|ouf,sueur
😮 surprised,oh|surpris,oh
😲 astonished|stupéfait
😴 sleep,tired|dormir,fatigué
🥱 yawn|bâiller
😕 confused|perplexe
😟 worried|inquiet
😢 sad,cry|triste,pleure
😭 sob|sanglot
😤 huff,determined|agacé,déterminé
😠 angry|fâché
🤯 mind blown|époustouflé
😱 scream,fear|cri,peur
🤒 sick,ill|malade,fièvre
🤕 hurt,bandage|blessé
🤗 hug|câlin
🤫 hush,quiet|chut,silence
🫡 salute|salut militaire,à vos ordres
🤝 handshake,deal|poignée de main,accord
🤡 clown|clown
👻 ghost|fantôme
🤖 robot,bot|robot
🙈 see no evil,monkey|singe,ne rien voir`,
  hands: `
👍 thumbs up,yes,+1,ok|pouce,oui,d’accord
👎 thumbs down,no,-1|pouce baissé,non
👌 ok hand,perfect|parfait,ok
👏 clap,applause,bravo|applaudir,bravo
🙌 hooray,raised hands|hourra,mains levées
🙏 thanks,please,pray|merci,prière,s’il vous plaît
👋 wave,hello,bye|coucou,bonjour,au revoir
✌️ victory,peace|victoire,paix
🤞 fingers crossed,luck|doigts croisés,chance
💪 strong,muscle|fort,muscle
👉 point right|pointer,à droite
👆 point up|pointer,en haut
👇 point down|pointer,en bas
✋ hand,stop,raise|main,stop
✍️ write|écrire
👀 eyes,look,seen|yeux,regarde,vu
🧠 brain,smart|cerveau
🤷 shrug,who knows|haussement d’épaules,aucune idée
🤦 facepalm|consterné`,
  hearts: `
❤️ heart,love|cœur,amour
🧡 orange heart|cœur orange
💛 yellow heart|cœur jaune
💚 green heart|cœur vert
💙 blue heart|cœur bleu
💜 purple heart|cœur violet
🖤 black heart|cœur noir
💔 broken heart|cœur brisé
💯 hundred,perfect score|cent,parfait
✨ sparkles,shiny|étincelles,brillant
⭐ star|étoile
🌟 glowing star|étoile brillante
🔥 fire,hot|feu,génial
🎉 tada,party popper,congratulations|fête,félicitations
🎊 confetti|confettis
🎂 cake,birthday|gâteau,anniversaire
🎁 gift,present|cadeau
🏆 trophy,win|trophée,victoire
🥇 gold medal,first|médaille d’or,premier
🎵 music,note|musique,note`,
  nature: `
☀️ sun,sunny|soleil
🌤️ fair weather|éclaircies
🌧️ rain|pluie
⛈️ storm|orage
❄️ snow,cold|neige,froid
🌈 rainbow|arc-en-ciel
🌙 moon,night|lune,nuit
🌍 earth,world|terre,monde
🌱 seedling,grow|pousse,plante
🌳 tree|arbre
🌸 blossom,flower|fleur
🍀 clover,luck|trèfle,chance
🐶 dog|chien
🐱 cat|chat
🐝 bee|abeille
🐢 turtle,slow|tortue,lent
🦊 fox|renard
🐧 penguin,linux|manchot
🦉 owl|hibou
🦄 unicorn|licorne`,
  food: `
☕ coffee|café
🍵 tea|thé
🥐 croissant|croissant
🥖 baguette,bread|baguette,pain
🧀 cheese|fromage
🍕 pizza|pizza
🍽️ meal,lunch|repas,déjeuner
🍎 apple|pomme
🍓 strawberry|fraise
🍰 cake slice|part de gâteau
🍪 cookie|biscuit
🍫 chocolate|chocolat
🍺 beer|bière
🍷 wine|vin
🥂 cheers,toast|santé,trinquer
🍾 champagne|champagne`,
  work: `
✅ done,check,yes|fait,validé
☑️ checked|coché
❌ cross,no|croix,non
⚠️ warning,careful|attention,avertissement
🚧 construction,in progress|chantier,en travaux
🏗️ crane,building site|grue,bâtiment
🐛 bug|bogue,insecte
🔧 wrench,fix|clé,réparer
🛠️ tools|outils
⚙️ gear,settings|engrenage,réglages
💡 idea,light bulb|idée,ampoule
📌 pin|épingle
📎 paperclip,attachment|trombone,pièce jointe
📝 memo,note|mémo,note
📄 page,document|page,document
📁 folder|dossier
📅 calendar,date|agenda,date
⏰ alarm,deadline|alarme,échéance
⏳ hourglass,waiting|sablier,attente
📈 chart up,growth|courbe,hausse
📉 chart down|baisse
📊 bar chart|graphique
💰 money,budget|argent,budget
📣 megaphone,announce|mégaphone,annonce
🔔 bell,notify|cloche,rappel
🔒 lock,secure|cadenas,sécurité
🔑 key|clé
🛡️ shield|bouclier
🔍 search,magnifier|loupe,recherche
💻 laptop,computer|ordinateur,portable
🖨️ printer|imprimante
📷 camera,photo|appareil photo,photo
🎥 video,film|vidéo,film
📞 phone,call|téléphone,appel
✉️ mail,letter|courrier,lettre
📦 package,release|colis,livraison
🧪 test,experiment|essai,expérience
🩹 patch,plaster|pansement,correctif`,
  travel: `
🚀 rocket,launch,ship|fusée,lancement
✈️ plane,flight|avion,vol
🚆 train|train
🚗 car|voiture
🚲 bike|vélo
🏠 home,house|maison
🏢 office|bureau,immeuble
🏖️ beach,holiday|plage,vacances
⛰️ mountain|montagne
🗺️ map|carte
🧭 compass|boussole
🇫🇷 France|France
🇪🇺 Europe|Europe`,
  signs: `
❓ question|question
❗ exclamation,important|important,exclamation
➕ plus,add|plus,ajouter
➖ minus|moins
🔴 red|rouge
🟠 orange|orange
🟡 yellow|jaune
🟢 green|vert
🔵 blue|bleu
⬆️ up|haut
⬇️ down|bas
➡️ right|droite
⬅️ left|gauche
🔁 repeat|répéter
⏸️ pause|pause
▶️ play|lecture
🆗 ok button|bouton ok
🆕 new|nouveau
💬 speech,comment|bulle,commentaire
🕐 one o’clock,time|heure`,
};

function read(): Emoji[] {
  return emojiGroups.flatMap((group) =>
    table[group]
      .trim()
      .split("\n")
      .map((line): Emoji => {
        const space = line.indexOf(" ");
        const [english = "", french = ""] = line.slice(space + 1).split("|");
        const names = { en: english.split(",")[0] ?? "", fr: french.split(",")[0] ?? "" };
        return {
          emoji: line.slice(0, space),
          group,
          words: `${english},${french}`.split(",").map(fold),
          get name() {
            return names[locale.language];
          },
        };
      }),
  );
}

export const allEmoji: readonly Emoji[] = read();

const byEmoji = new Map(allEmoji.map((one) => [one.emoji, one]));

/** What an emoji is called; the emoji itself for one that is not in the list. */
export function emojiName(emoji: string): string {
  return byEmoji.get(emoji)?.name ?? emoji;
}

/** Emoji by a few letters in either language, best first. */
export function findEmoji(query: string, limit: number): Emoji[] {
  const wanted = fold(query.replaceAll("_", " ").trim().slice(0, 40));
  if (wanted === "") return allEmoji.slice(0, limit);
  return allEmoji
    .map((one) => ({ one, score: Math.max(...one.words.map((word) => (word.includes(wanted) ? score(wanted, word) : 0))) }))
    .filter((hit) => hit.score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, limit)
    .map((hit) => hit.one);
}

/** What is offered beside a message before anything was used. */
export const firstEmoji: readonly string[] = ["👍", "✅", "❤️", "🎉", "😂", "👀"];

/** schema.MaxEmoji: the octets of one reaction. */
const maxEmoji = 64;

/** Whether a text is one emoji, so that it can be a reaction. */
export function isOneEmoji(text: string): boolean {
  if (new TextEncoder().encode(text).length > maxEmoji || !/\p{Extended_Pictographic}|\p{Regional_Indicator}/u.test(text)) return false;
  return [...new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(text)].length === 1;
}

/** Whether a message is nothing but up to three emoji: such are drawn large. */
export function isEmojiOnly(text: string): boolean {
  const trimmed = text.trim();
  if (trimmed === "" || trimmed.length > 40 || !/^(?:\p{Extended_Pictographic}|\p{Emoji_Component}|\s)+$/u.test(trimmed) || /^[\d#*\s]+$/.test(trimmed)) return false;
  const count = [...new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(trimmed.replace(/\s/gu, ""))].length;
  return count <= 3;
}
