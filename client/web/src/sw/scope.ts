// What of a service worker's surroundings is used (Service Workers, W3C), so that the
// rest can be tested without them.

export interface Extendable {
  waitUntil(work: Promise<unknown>): void;
}

export interface FetchEvent extends Extendable {
  readonly request: { readonly method: string; readonly url: string; readonly mode: string };
  respondWith(answer: Promise<Response>): void;
}

export interface MessageEvent extends Extendable {
  readonly data: unknown;
}

export interface ShownNotice {
  readonly tag: string;
  readonly data: unknown;
  close(): void;
}

export interface NoticeEvent extends Extendable {
  readonly notification: ShownNotice;
}

export interface Window {
  readonly visibilityState: string;
  focus(): Promise<unknown>;
  postMessage(message: unknown): void;
}

export interface Windows {
  matchAll(options: { type: "window"; includeUncontrolled?: boolean }): Promise<readonly Window[]>;
  openWindow(url: string): Promise<unknown>;
}

export interface NoticeOptions {
  body: string;
  tag: string;
  icon: string;
  badge: string;
  silent: boolean;
  renotify: boolean;
  data: unknown;
}

export interface Registration {
  showNotification(title: string, options: NoticeOptions): Promise<void>;
  getNotifications(filter?: { tag: string }): Promise<readonly ShownNotice[]>;
}

export interface Scope {
  readonly location: { readonly origin: string };
  readonly caches: CacheStorage;
  readonly clients: Windows;
  readonly registration: Registration;
  fetch(input: string, init?: RequestInit): Promise<Response>;
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", listener: (event: Extendable) => void): void;
  addEventListener(type: "fetch", listener: (event: FetchEvent) => void): void;
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void;
  addEventListener(type: "notificationclick", listener: (event: NoticeEvent) => void): void;
}
