// The service worker: keeps the app's files so that it starts without a network, and
// shows notices outside the page. It has no key, reads no content, and leaves every
// request to /v1/ alone. A new version waits until somebody asks for it.
import { asOrder } from "../lib/service-worker";
import { AppCache, type Listed } from "./app-cache";
import { choose, clear, show } from "./notices";
import type { Scope } from "./scope";

/** The files of the build, put in by precache.ts. */
declare const __FILES__: readonly Listed[];

const scope = globalThis as unknown as Scope;
const files = new AppCache(__FILES__, { origin: scope.location.origin, caches: scope.caches, fetch: (path, init) => scope.fetch(path, init) });

scope.addEventListener("install", (event) => event.waitUntil(files.fill()));

scope.addEventListener("fetch", (event) => {
  const path = files.fileFor(event.request);
  if (path !== null) event.respondWith(files.answer(path));
});

scope.addEventListener("message", (event) => {
  const order = asOrder(event.data);
  switch (order?.kind) {
    case "activate":
      event.waitUntil(scope.skipWaiting());
      break;
    case "started":
      event.waitUntil(tidy());
      break;
    case "notify":
      event.waitUntil(show(scope.registration, scope.clients, order.notice));
      break;
    case "seen":
      event.waitUntil(clear(scope.registration));
      break;
  }
});

scope.addEventListener("notificationclick", (event) => event.waitUntil(choose(scope.clients, event.notification)));

/** The files of earlier versions go once no page can be using them. */
async function tidy(): Promise<void> {
  const windows = await scope.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (windows.length <= 1) await files.tidy();
}
