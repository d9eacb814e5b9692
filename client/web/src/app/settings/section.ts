// A section of the settings. pages.ts lists them; the page of the settings shows those
// that concern somebody.
import type { IconType } from "../../ui/icon";
import type { Loader } from "../pages";

export interface SettingsSection {
  /** Its part of the address: /settings/id. */
  id: string;
  /** server is for whoever administers the server. */
  group: "app" | "server";
  icon: IconType;
  label: () => string;
  load: Loader<Record<string, never>>;
}
