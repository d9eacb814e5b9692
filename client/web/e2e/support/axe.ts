// What axe-core says about a screen, in both themes.
import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

/** A theme changes colours only. */
const themes = [
  ["light", null],
  ["dark", ["color-contrast", "link-in-text-block"]],
] as const;

/** Fails on any violation, and goes on to look at the next screen; `what` names this one. */
export async function expectAccessible(page: Page, what: string): Promise<void> {
  for (const [theme, rules] of themes) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    const axe = new AxeBuilder({ page });
    const { violations } = await (rules ? axe.withRules([...rules]) : axe).analyze();
    const found = violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((node) => node.target.join(" ")).join(", ")}`);
    expect.soft(found, `axe on ${what}, ${theme}`).toEqual([]);
  }
}
