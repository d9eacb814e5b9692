// The app's own files, kept so that it starts without a network. What is kept is named
// by the list made at build time and by the hash in it; what the server answers
// otherwise is not kept. Nothing else is ever stored: no /v1/, no address that
// somebody visited, no fragment (A1).

/** A file of the build: its path, and its SHA-256 as Subresource Integrity writes it. */
export interface Listed {
  path: string;
  integrity: string;
}

export interface CacheWorld {
  origin: string;
  caches: Pick<CacheStorage, "open">;
  fetch: (path: string, init?: RequestInit) => Promise<Response>;
}

/** There is one cache for all versions: its entries are told apart by their hashes. */
const cacheName = "cenacle-app";

/** How many files are fetched at once. */
const atOnce = 4;

const index = "/index.html";
const hashed = "/assets/";
const api = "/v1/";

/** The name of an entry. The hash makes it another one when the content is another. */
function keyOf(file: Listed): string {
  return `${file.path}?${encodeURIComponent(file.integrity)}`;
}

export class AppCache {
  readonly #world: CacheWorld;
  readonly #files: ReadonlyMap<string, Listed>;

  constructor(list: readonly Listed[], world: CacheWorld) {
    this.#world = world;
    this.#files = new Map(list.map((file) => [file.path, file]));
  }

  /** Fetches what is not kept yet; rejects, and this version is not installed, when a file is not the listed one. */
  async fill(): Promise<void> {
    const cache = await this.#world.caches.open(cacheName);
    const waiting = [...this.#files.values()];
    const work = async () => {
      for (let file = waiting.shift(); file; file = waiting.shift()) {
        if (await cache.match(keyOf(file))) continue;
        await cache.put(keyOf(file), await this.#fetch(file));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
  }

  /** Removes what belongs to other versions. */
  async tidy(): Promise<void> {
    const cache = await this.#world.caches.open(cacheName);
    const ours = new Set([...this.#files.values()].map((file) => new URL(keyOf(file), this.#world.origin).href));
    for (const kept of await cache.keys()) {
      if (!ours.has(kept.url)) await cache.delete(kept);
    }
  }

  /** The file that answers a request, or null where the request is none of ours and goes its way untouched. */
  fileFor(request: { readonly method: string; readonly url: string; readonly mode: string }): string | null {
    if (request.method !== "GET") return null;
    // Of the address only origin and path are looked at.
    const { origin, pathname } = new URL(request.url);
    if (origin !== this.#world.origin || pathname.startsWith(api)) return null;
    if (this.#files.has(pathname) || pathname.startsWith(hashed)) return pathname;
    // As the server does: what does not look like a file is a place inside the app.
    return request.mode === "navigate" && !/\.[^/]*$/.test(pathname) ? index : null;
  }

  /** The answer for a path that fileFor gave. */
  async answer(path: string): Promise<Response> {
    const cache = await this.#world.caches.open(cacheName);
    const file = this.#files.get(path);
    // A page of the version before still asks for its own parts.
    const kept = await (file ? cache.match(keyOf(file)) : cache.match(path, { ignoreSearch: true }));
    if (kept) return kept;
    // The browser made room, or the part is of a version that this device never had.
    return this.#world.fetch(path, file && path !== index ? { integrity: file.integrity } : {});
  }

  async #fetch(file: Listed): Promise<Response> {
    // Names in assets change with the content; the others are asked for again.
    const answer = await this.#world.fetch(file.path, { integrity: file.integrity, cache: file.path.startsWith(hashed) ? "default" : "no-cache", credentials: "omit" });
    if (answer.status !== 200 || answer.redirected) throw new TypeError(`${file.path} could not be fetched`);
    return answer;
  }
}
