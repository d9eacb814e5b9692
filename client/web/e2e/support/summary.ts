// Writes what ran as `go test -json` would, for tools/testsummary: make test ends with
// one total. The file is named by E2E_RESULTS; without it nothing is written.
import { writeFileSync } from "node:fs";
import type { Reporter, TestCase, TestResult } from "@playwright/test/reporter";

interface Event {
  Action: string;
  Package: string;
  Test?: string;
  Output?: string;
  Elapsed?: number;
}

const name = "client/web/e2e";

export default class Summary implements Reporter {
  readonly #events: Event[] = [];

  onTestEnd(test: TestCase, result: TestResult): void {
    const Test = test.titlePath().filter((part) => part !== "").join(" / ");
    const Action = result.status === "skipped" ? "skip" : result.status === test.expectedStatus ? "pass" : "fail";
    for (const error of result.errors) this.#events.push({ Action: "output", Package: name, Test, Output: `${error.stack ?? error.message ?? ""}\n` });
    this.#events.push({ Action, Package: name, Test, Elapsed: result.duration / 1000 });
  }

  onEnd({ status }: { status: string }): void {
    this.#events.push({ Action: status === "passed" ? "pass" : "fail", Package: name });
    const file = process.env["E2E_RESULTS"];
    if (file !== undefined) writeFileSync(file, this.#events.map((event) => `${JSON.stringify(event)}\n`).join(""));
  }
}
