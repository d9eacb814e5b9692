import { expect, test } from "vitest";
import { settingsSections } from "../../app/pages";
import { sectionAt, sectionsFor } from "./sections";

test("the server's sections are its administrator's", () => {
  expect(sectionsFor(settingsSections, false).some((section) => section.group === "server")).toBe(false);
  expect(sectionsFor(settingsSections, true)).toEqual(settingsSections);
});

test("an address means a section, and nothing where there is none", () => {
  const sections = sectionsFor(settingsSections, false);
  expect(sectionAt(sections, undefined)?.id).toBe("general");
  expect(sectionAt(sections, "notifications")?.id).toBe("notifications");
  expect(sectionAt(sections, "accounts")).toBeNull();
});
