// The engine's worker: loads the core and hands messages to it. A page starts it
// with { start: { steal } }; every message that is a string is the engine's own
// (client/api/wire), in both directions. { ended } tells that it came to an end.
import "./wasm_exec.js";
import core from "./core.wasm?url";

interface Scope {
  cenacleReceive?: (message: string) => boolean;
  addEventListener(type: "message", listener: (event: MessageEvent<unknown>) => void): void;
  postMessage(message: unknown): void;
  close(): void;
}
const scope = globalThis as unknown as Scope;

/** Of the engine, in all workers of this origin: two must never write beside each other. */
const engineLock = "cenacle-engine";

async function run(): Promise<void> {
  const go = new Go();
  const { instance } = await WebAssembly.instantiateStreaming(fetch(core, { credentials: "omit" }), go.importObject);
  await go.run(instance);
  throw new Error("the engine ended");
}

function begin(steal: boolean): void {
  // Held until this worker ends. Whoever is robbed of it was taken for dead: it ends at once.
  navigator.locks
    .request(engineLock, { steal }, run)
    .catch((error: unknown) => {
      scope.postMessage({ ended: error instanceof Error ? error.name : "Error" });
      scope.close();
    });
}

function starts(data: unknown): data is { start: { steal: boolean } } {
  return typeof data === "object" && data !== null && "start" in data;
}

scope.addEventListener("message", ({ data }) => {
  if (typeof data === "string") {
    if (!scope.cenacleReceive?.(data)) scope.postMessage({ ended: "Overflow" });
  } else if (starts(data)) {
    begin(data.start.steal);
  }
});
