// `make bench-web`: the goals of speed, measured in Chromium and printed as a table.
import base from "./playwright.config.ts";

export default { ...base, testDir: "./bench", testMatch: "*.ts", timeout: 1_800_000, workers: 1, reporter: [["line"]] as [["line"]] };
