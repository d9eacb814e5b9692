// The tests' own `test`: with a server and people. Each test has a server of its own
// unless it says that it shares the worker's.
import { test as base, expect, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from "@playwright/test";
import { Guard } from "./guard.ts";
import { Server } from "./server.ts";

export { expect, type Page };

/** Somebody with a browser of their own. */
export class Person {
  readonly name: string;
  readonly email: string;
  readonly passphrase: string;
  readonly context: BrowserContext;
  readonly guard: Guard;
  readonly page: Page;

  constructor(name: string, context: BrowserContext, guard: Guard, page: Page) {
    this.name = name;
    this.email = `${name.toLowerCase()}@example.org`;
    this.passphrase = `velvet harbour of ${name} 1847`;
    this.context = context;
    this.guard = guard;
    this.page = page;
  }
}

interface Fixtures {
  server: Server;
  /** Opens a browser for somebody; their pages are watched until the test ends. */
  person: (name: string, options?: BrowserContextOptions) => Promise<Person>;
}

async function open(browser: Browser, server: Server, name: string, options: BrowserContextOptions): Promise<Person> {
  const context = await browser.newContext({ baseURL: server.origin, locale: "en-GB", ...options });
  const guard = new Guard(context, server.origin);
  return new Person(name, context, guard, await context.newPage());
}

export const test = base.extend<Fixtures>({
  server: async ({}, use) => {
    const server = new Server();
    try {
      await server.start();
      await use(server);
    } finally {
      await server.remove();
    }
  },
  person: async ({ browser, server }, use) => {
    const people: Person[] = [];
    await use(async (name, options = {}) => {
      const one = await open(browser, server, name, options);
      people.push(one);
      return one;
    });
    const problems = people.flatMap((one) => one.guard.problems.map((problem) => `${one.name}: ${problem}`));
    await Promise.all(people.map((one) => one.context.close()));
    expect(problems, "what the pages must never do").toEqual([]);
  },
});
