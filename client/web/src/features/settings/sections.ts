// Which sections of the settings somebody sees, and which of them an address means.
import type { SettingsSection } from "../../app/settings/section";

/** The sections in their order, without the server's for those who do not administer it. */
export function sectionsFor(all: readonly SettingsSection[], administers: boolean): readonly SettingsSection[] {
  return all.filter((section) => section.group !== "server" || administers);
}

/** The section to show: the one named, the first where none is, null where there is none of that name. */
export function sectionAt(sections: readonly SettingsSection[], id: string | undefined): SettingsSection | null {
  return (id === undefined ? sections[0] : sections.find((section) => section.id === id)) ?? null;
}
