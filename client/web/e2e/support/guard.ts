// Watches every page of a browser context. What an app of this kind never does fails
// the test that saw it: an error or a warning in the console (a violation of the
// page's policy is one), an uncaught exception, a request to anybody but the server
// under test, an answer that says that something is wrong.
import type { BrowserContext, ConsoleMessage, Page, Request } from "@playwright/test";

/** What Chromium on Linux says of a feature that only other systems have, and that the server forbids everywhere. */
const unknownFeature = /^Error with Permissions-Policy header: Unrecognized feature: 'bluetooth'\.$/;

/** Svelte's word for a value that was read once more after its component had gone. */
const readLate = /svelte\.dev\/e\/derived_inert/;

/** Somebody else's change of the roster came first: the client looks at it and tries again. */
const overtaken = /^status 409: POST \S+\/roster$/;

/** Addresses without an origin of their own. */
const local = /^(about|blob|chrome-error):/;

export class Guard {
  readonly #origins: ReadonlySet<string>;
  readonly #allowed: RegExp[] = [overtaken, readLate];
  readonly #problems: string[] = [];
  /** The addresses of all requests, as the server and everybody on the way see them. */
  readonly requests: string[] = [];

  constructor(context: BrowserContext, ...origins: string[]) {
    this.#origins = new Set(origins);
    context.on("page", (page) => this.#watch(page));
    for (const page of context.pages()) this.#watch(page);
    context.on("request", (request) => this.#requested(request));
    context.on("requestfailed", (request) => this.#failed(request));
    context.on("response", (response) => {
      if (response.status() >= 400) this.#note(`status ${response.status()}: ${response.request().method()} ${response.url()}`);
    });
    context.on("weberror", (error) => this.#note(`uncaught: ${error.error().stack ?? error.error().message}`));
  }

  /** Expects problems that match, from now on, also those that were seen. */
  allow(...patterns: RegExp[]): void {
    this.#allowed.push(...patterns);
  }

  /** What nobody expected. */
  get problems(): string[] {
    return this.#problems.filter((problem) => !this.#allowed.some((pattern) => pattern.test(problem)));
  }

  #watch(page: Page): void {
    page.on("console", (message) => this.#said(message));
    page.on("crash", () => this.#note("a page crashed"));
    page.on("websocket", (socket) => this.#address("socket", socket.url()));
    page.on("worker", (worker) => {
      if (!local.test(worker.url())) this.#address("worker", worker.url());
    });
  }

  #said(message: ConsoleMessage): void {
    const type = message.type();
    if (unknownFeature.test(message.text())) return;
    if (type === "error" || type === "warning") this.#note(`console ${type}: ${message.text()} (${message.location().url})`);
    // The core logs through console.log.
    else if (/level=(WARN|ERROR)|^panic:|^fatal error:/.test(message.text())) this.#note(`core: ${message.text()}`);
  }

  #requested(request: Request): void {
    this.requests.push(request.url());
    if (!local.test(request.url())) this.#address("request", request.url());
  }

  #failed(request: Request): void {
    const why = request.failure()?.errorText ?? "";
    // Given up by the page itself: it left, or the core had read what it needed.
    if (why !== "net::ERR_ABORTED") this.#note(`request failed: ${request.method()} ${request.url()}: ${why}`);
  }

  #address(what: string, address: string): void {
    let origin = "";
    try {
      origin = new URL(address).origin.replace(/^ws/, "http");
    } catch {
      // Not an address at all.
    }
    if (!this.#origins.has(origin)) this.#note(`${what} to another origin: ${address}`);
  }

  #note(problem: string): void {
    this.#problems.push(problem);
  }
}
