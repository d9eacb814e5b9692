// `make screenshots`: every screen of the demonstration, see shots/screens.ts.
import base from "./playwright.config.ts";

export default { ...base, testDir: "./shots", testMatch: "*.ts", timeout: 900_000, workers: 1, reporter: [["list"]] as [["list"]] };
