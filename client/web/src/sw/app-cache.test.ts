import { describe, expect, test } from "vitest";
import { AppCache, type Listed } from "./app-cache";

const origin = "https://cenacle.example";

/** A cache and a server in memory that remember every address they were given. */
class World {
  readonly origin = origin;
  readonly entries = new Map<string, Response>();
  readonly asked: string[] = [];
  readonly inits: RequestInit[] = [];
  served = new Map<string, number>();

  readonly caches = { open: () => Promise.resolve(this.#cache as unknown as Cache) };

  readonly fetch = (path: string, init: RequestInit = {}) => {
    this.asked.push(path);
    this.inits.push(init);
    return Promise.resolve(new Response(path, { status: this.served.get(path) ?? 200 }));
  };

  readonly #cache = {
    match: (key: string, options?: { ignoreSearch: boolean }) => {
      this.asked.push(key);
      const wanted = options?.ignoreSearch ? [...this.entries.keys()].find((name) => name.split("?")[0] === `${origin}${key}`) : `${origin}${key}`;
      return Promise.resolve(wanted === undefined ? undefined : this.entries.get(wanted));
    },
    put: (key: string, response: Response) => {
      this.entries.set(`${origin}${key}`, response);
      return Promise.resolve();
    },
    keys: () => Promise.resolve([...this.entries.keys()].map((url) => ({ url }))),
    delete: ({ url }: { url: string }) => Promise.resolve(this.entries.delete(url)),
  };
}

const first: Listed[] = [
  { path: "/assets/main-1.js", integrity: "sha256-1" },
  { path: "/index.html", integrity: "sha256-a" },
];
const second: Listed[] = [
  { path: "/assets/main-2.js", integrity: "sha256-2" },
  { path: "/index.html", integrity: "sha256-b" },
];
const get = (path: string, mode = "no-cors") => ({ method: "GET", url: origin + path, mode });

describe("which requests are answered", () => {
  const cache = new AppCache(first, new World());

  test("the files of the build, and the page at every place of the app", () => {
    expect(cache.fileFor(get("/assets/main-1.js"))).toBe("/assets/main-1.js");
    for (const place of ["/", "/w/w_1/c/s_1", "/i", "/signin"]) expect(cache.fileFor(get(place, "navigate")), place).toBe("/index.html");
  });

  test("A1: the API, other origins and other methods go their way untouched", () => {
    for (const mode of ["navigate", "cors", "no-cors"]) expect(cache.fileFor(get("/v1/server/logo", mode))).toBeNull();
    expect(cache.fileFor({ method: "POST", url: `${origin}/`, mode: "navigate" })).toBeNull();
    expect(cache.fileFor({ method: "GET", url: "https://evil.example/assets/main-1.js", mode: "cors" })).toBeNull();
    expect(cache.fileFor(get("/robots.txt", "navigate"))).toBeNull();
    expect(cache.fileFor(get("/w/w_1", "cors"))).toBeNull();
  });

  test("A1: neither fragment nor query goes anywhere", async () => {
    const world = new World();
    const cache = new AppCache(first, world);
    for (const path of ["/i#CANARY", "/i?CANARY=CANARY#CANARY", "/assets/main-1.js#CANARY", "/assets/old-0.js?CANARY"]) {
      const file = cache.fileFor(get(path, "navigate"));
      expect(file).not.toBeNull();
      await cache.answer(file ?? "");
    }
    await cache.fill();
    expect(JSON.stringify([world.asked, world.inits, [...world.entries.keys()]])).not.toContain("CANARY");
  });
});

test("all files are kept, each under its hash and only with that content", async () => {
  const world = new World();
  const cache = new AppCache(first, world);
  await cache.fill();
  expect([...world.entries.keys()].sort()).toEqual([`${origin}/assets/main-1.js?sha256-1`, `${origin}/index.html?sha256-a`]);
  expect(world.inits.map((init) => init.integrity).sort()).toEqual(["sha256-1", "sha256-a"]);
  world.asked.length = 0;
  expect(await (await cache.answer("/index.html")).text()).toBe("/index.html");
  expect(world.asked).toEqual(["/index.html?sha256-a"]);
});

test("a version whose files are not all there is not installed", async () => {
  const world = new World();
  world.served.set("/index.html", 503);
  await expect(new AppCache(first, world).fill()).rejects.toThrow("/index.html");
});

test("a new version fetches what is new, and the old one's files stay until they are tidied away", async () => {
  const world = new World();
  await new AppCache(first, world).fill();
  const shared = { path: "/assets/font-9.woff2", integrity: "sha256-9" };
  await new AppCache([...first, shared], world).fill();
  world.inits.length = 0;
  const next = new AppCache([...second, shared], world);
  await next.fill();
  expect(world.inits.map((init) => init.integrity).sort()).toEqual(["sha256-2", "sha256-b"]);
  world.inits.length = 0;
  await next.answer("/assets/main-1.js");
  expect(world.inits, "a page of the version before finds its part").toEqual([]);
  await next.tidy();
  expect([...world.entries.keys()].sort()).toEqual([`${origin}/assets/font-9.woff2?sha256-9`, `${origin}/assets/main-2.js?sha256-2`, `${origin}/index.html?sha256-b`]);
});

test("what the browser threw away is asked for again", async () => {
  const world = new World();
  const cache = new AppCache(first, world);
  expect((await cache.answer("/assets/main-1.js")).status).toBe(200);
  expect(world.inits).toEqual([{ integrity: "sha256-1" }]);
});
