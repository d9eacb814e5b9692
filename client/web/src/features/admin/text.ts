import { texts } from "../../i18n";
import { en } from "./text.en";
import { fr } from "./text.fr";

export const text = texts({ en, fr });
