// How the app is driven in Debian's Chromium: `npx playwright test -c e2e`. The program
// under test is ../../../cenacle, or the one that CENACLE_BIN names.
import { execFileSync } from "node:child_process";
import { defineConfig } from "@playwright/test";
import { chromiumArgs } from "./support/chromium.ts";

const results = process.env["E2E_OUTPUT"] ?? "../../../build/e2e";

export default defineConfig({
  testDir: ".",
  testMatch: "*.spec.ts",
  outputDir: results,
  fullyParallel: true,
  workers: 2,
  retries: 0,
  forbidOnly: true,
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: [["list"], ["./support/summary.ts"]],
  use: {
    browserName: "chromium",
    viewport: { width: 1280, height: 800 },
    locale: "en-GB",
    timezoneId: "Europe/Paris",
    actionTimeout: 20_000,
    navigationTimeout: 30_000,
    screenshot: "only-on-failure",
    trace: "off",
    launchOptions: {
      executablePath: process.env["CHROMIUM"] ?? execFileSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).trim(),
      args: chromiumArgs,
    },
  },
});
