import { expect, test } from "vitest";
import { find } from "./fuzzy";

const places = ["general", "génie civil", "direction", "people", "Projet Aurore", "open source"];
const search = (query: string) => find(query, places, (x) => x, 10);

test("accents and case do not matter", () => {
  expect(search("genie")).toEqual(["génie civil"]);
  expect(search("PROJET")).toEqual(["Projet Aurore"]);
});

test("starts of words come first, letters in order are enough", () => {
  expect(search("pe")[0]).toBe("people");
  expect(search("pa")).toContain("Projet Aurore");
  expect(search("zz")).toEqual([]);
});

test("no query gives the first ones, a limit holds", () => {
  expect(search("")).toEqual(places);
  expect(find("e", places, (x) => x, 2)).toHaveLength(2);
});

test("a huge query costs nothing", () => {
  expect(search("e".repeat(1_000_000))).toEqual([]);
});
