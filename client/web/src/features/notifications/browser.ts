// The page's side of the browser: its service worker, its notices, its badge.
import { asTold, type Notice, type Order } from "../../lib/service-worker";
import { scriptURL } from "../../lib/trusted";
import type { NotifierWorld } from "./notifier";
import type { UpdatesWorld } from "./updates.svelte";

/** Whether the app is kept by a service worker: on a server's origin, in a build. */
export function hasWorker(platform: string | undefined): boolean {
  return import.meta.env.PROD && platform === "browser" && isSecureContext && "serviceWorker" in navigator;
}

function listen(target: EventTarget, type: string, listener: (event: Event) => void): () => void {
  target.addEventListener(type, listener);
  return () => target.removeEventListener(type, listener);
}

export function browserUpdates(): UpdatesWorld {
  const workers = navigator.serviceWorker;
  return {
    register: () => workers.register(scriptURL("/sw.js"), { scope: "/", updateViaCache: "none" }),
    controller: () => workers.controller,
    onController: (listener) => listen(workers, "controllerchange", listener),
    every: (ms, run) => {
      const timer = setInterval(run, ms);
      return () => clearInterval(timer);
    },
    reload: () => location.reload(),
  };
}

/** Several tabs of one person hear the same news: the one that holds this lock tells of them. */
export function lead(): { is: () => boolean; stop: () => void } {
  const given = new AbortController();
  let leads = false;
  let release: () => void = () => undefined;
  const held = () =>
    new Promise<void>((resolve) => {
      leads = true;
      release = resolve;
    });
  navigator.locks.request("cenacle.notices", { signal: given.signal }, held).catch(() => undefined);
  return {
    is: () => leads,
    stop: () => {
      given.abort();
      leads = false;
      release();
    },
  };
}

/** Notices through the service worker, which groups them, or by the page itself where there is none. */
export function browserNotices(worker: boolean, permitted: () => boolean, leads: () => boolean, go: (place: string) => void): NotifierWorld {
  const own = new Set<Notification>();
  const tell = (order: Order) => void navigator.serviceWorker.ready.then(({ active }) => active?.postMessage(order));
  const showOwn = (notice: Notice) => {
    const shown = new Notification(notice.title, { body: notice.body, tag: notice.tag, icon: "/icons/icon-192.png", silent: notice.silent });
    own.add(shown);
    shown.addEventListener("close", () => own.delete(shown));
    shown.addEventListener("click", () => {
      window.focus();
      shown.close();
      go(notice.place);
    });
  };
  return {
    hidden: () => document.visibilityState === "hidden",
    permitted,
    leads,
    show: (notice) => (worker ? tell({ kind: "notify", notice }) : showOwn(notice)),
    clear: () => {
      if (worker) tell({ kind: "seen" });
      for (const shown of own) shown.close();
    },
    onVisibility: (listener) => listen(document, "visibilitychange", listener),
  };
}

/** Follows a notice that somebody chose: the service worker says where it leads. */
export function onChosen(go: (place: string) => void): () => void {
  return listen(navigator.serviceWorker, "message", (event) => {
    const told = asTold((event as MessageEvent<unknown>).data);
    if (told) go(told.place);
  });
}

/** The number on the app's icon, where the system shows one. */
export function setBadge(count: number): void {
  if (!("setAppBadge" in navigator)) return;
  (count > 0 ? navigator.setAppBadge(count) : navigator.clearAppBadge()).catch(() => undefined);
}
