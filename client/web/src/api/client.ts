// The one way from screens to the engine: typed calls and a stream of changes. Where
// the engine runs is decided here, once: in a worker, or, when `cenacle open` opened
// the page, in that program.
import type { Calls, Change, Failure } from "./generated";
import { startSocket, type Credentials, type Keep } from "./socket";
import { Tabs, type TabMessage, type World } from "./tabs";
import { startWorker } from "./worker";

/** Why a call did not succeed. */
export class CallError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.code);
    this.name = "CallError";
    this.failure = failure;
  }
}

const lockName = "cenacle-leader";
const channelName = "cenacle-tabs";
const keepName = "cenacle-open";

/** What the tabs of `cenacle open` share, beside their calls. */
type Handed = { kind: "credentials?" } | ({ kind: "credentials" } & Credentials);

/** Keeps the secret while this tab lives; the browser forgets it with the tab. */
const keep: Keep = {
  get: () => {
    const text = sessionStorage.getItem(keepName);
    return text === null ? null : (JSON.parse(text) as Credentials);
  },
  set: (credentials) => sessionStorage.setItem(keepName, JSON.stringify(credentials)),
};

/** Takes the token out of the address at once, before anything else can read it. */
function takeToken(): void {
  const token = /^#open=([\w-]{43})$/.exec(location.hash)?.[1];
  if (token === undefined) return;
  history.replaceState(history.state, "", location.pathname + location.search);
  keep.set({ token });
}

/** How long another tab may take to hand over the secret; milliseconds. */
const handover = 300;

/** Whether this page is one of `cenacle open`. A further tab asks the others for the secret. */
async function opened(channel: BroadcastChannel): Promise<boolean> {
  takeToken();
  if (keep.get()) return true;
  if (location.hostname !== "127.0.0.1") return false;
  return new Promise((resolve) => {
    const done = (found: boolean) => {
      channel.removeEventListener("message", listen);
      clearTimeout(timer);
      resolve(found);
    };
    const listen = ({ data }: MessageEvent<Handed>) => {
      if (data.kind !== "credentials" || data.secret === undefined) return;
      keep.set({ secret: data.secret });
      done(true);
    };
    const timer = setTimeout(() => done(false), handover);
    channel.addEventListener("message", listen);
    channel.postMessage({ kind: "credentials?" } satisfies Handed);
  });
}

function world(channel: BroadcastChannel, socket: boolean): World {
  return {
    name: () => crypto.randomUUID(),
    post: (message) => channel.postMessage(message),
    lock: (steal, lead) => {
      const lost = new AbortController();
      // Resolves when this tab is robbed of the lock, rejected or not.
      return navigator.locks
        .request(lockName, { steal }, () => lead(lost.signal))
        .catch(() => lost.abort());
    },
    start: socket ? startSocket(`ws://${location.host}/v1/open`, keep) : startWorker,
    ephemeral: !socket,
    after: (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
  };
}

async function begin(): Promise<Tabs> {
  const channel = new BroadcastChannel(channelName);
  const socket = await opened(channel);
  const tabs = new Tabs(world(channel, socket));
  channel.addEventListener("message", ({ data }: MessageEvent<TabMessage | Handed>) => {
    if (data.kind === "credentials?") {
      const secret = keep.get()?.secret;
      if (secret !== undefined) channel.postMessage({ kind: "credentials", secret } satisfies Handed);
    } else if (data.kind !== "credentials") {
      tabs.receive(data);
    }
  });
  tabs.join();
  return tabs;
}

let begun: Promise<Tabs> | undefined;
const tabs = (): Promise<Tabs> => (begun ??= begin());

/** Resolves when calls are answered. It starts what is needed. */
export async function ready(): Promise<void> {
  await (await tabs()).ready();
}

/**
 * Performs a call. It rejects with a CallError, whose code is "interrupted" when the
 * engine ended and it is not known whether the call was carried out.
 */
export async function call<M extends keyof Calls>(method: M, params: Calls[M]["params"], options: { signal?: AbortSignal } = {}): Promise<Calls[M]["answer"]> {
  options.signal?.throwIfAborted();
  const all = await tabs();
  return new Promise((resolve, reject) => {
    const cancel = all.call(method, params, ({ answer, failure }) => {
      options.signal?.removeEventListener("abort", cancel);
      if (failure) reject(new CallError(failure));
      else resolve(answer as Calls[M]["answer"]);
    });
    options.signal?.addEventListener("abort", cancel, { once: true });
  });
}

/** Calls the listener with changes until the returned function is called. */
export function onChange(listener: (changes: Change[]) => void): () => void {
  let stop: (() => void) | undefined;
  let over = false;
  void tabs().then((all) => {
    if (!over) stop = all.onChange(listener);
  });
  return () => {
    over = true;
    stop?.();
  };
}
