// The engine in a worker of this tab.
import { scriptURL } from "../lib/trusted";
import script from "../worker/engine.worker.ts?worker&url";
import { parse, type StartEngine } from "./engine";

export const startWorker: StartEngine = (events, steal) => {
  const worker = new Worker(scriptURL(script), { type: "module", name: "cenacle-engine" });
  worker.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (typeof data === "string") events.message(parse(data));
    else events.ended(false);
  };
  worker.onerror = () => events.ended(false);
  worker.postMessage({ start: { steal } });
  return {
    send: (message) => worker.postMessage(message),
    stop: () => {
      worker.onmessage = worker.onerror = null;
      worker.terminate();
    },
  };
};
