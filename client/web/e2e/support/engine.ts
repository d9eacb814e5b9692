// Calls the engine of a page as one more of its tabs would (src/api/tabs.ts): tests
// prepare by it what no screen is about, and look at what no screen shows.
import type { Page } from "@playwright/test";
import type { Calls, Failure } from "../../src/api/generated.ts";

/** What the engine answers, or why it did not. */
export async function tryCall<M extends keyof Calls>(page: Page, method: M, params: Calls[M]["params"]): Promise<{ answer?: Calls[M]["answer"]; failure?: Failure }> {
  return page.evaluate(
    ([method, params]) =>
      new Promise((resolve) => {
        const channel = new BroadcastChannel("cenacle-tabs");
        const tab = crypto.randomUUID();
        let asked = false;
        channel.onmessage = ({ data }: MessageEvent<Record<string, unknown>>) => {
          if (data["kind"] === "leader" && data["ready"] === true && !asked) {
            asked = true;
            channel.postMessage({ kind: "call", epoch: data["epoch"], tab, id: 1, method, params });
          } else if (data["kind"] === "answer" && data["tab"] === tab) {
            channel.close();
            resolve({ answer: data["answer"], failure: data["failure"] } as never);
          }
        };
        channel.postMessage({ kind: "who" });
      }),
    [method, params] as const,
  );
}

export async function call<M extends keyof Calls>(page: Page, method: M, params: Calls[M]["params"]): Promise<Calls[M]["answer"]> {
  const { answer, failure } = await tryCall(page, method, params);
  if (failure) throw new Error(`${method}: ${failure.code}: ${failure.detail}`);
  return answer as Calls[M]["answer"];
}
