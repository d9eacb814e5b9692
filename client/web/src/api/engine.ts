// What an engine is to the tab that holds it: messages in and out. Two kinds exist, a
// worker in this tab and a socket to `cenacle open`.

/** What an engine tells. */
export interface EngineEvents {
  /** A message of client/api/wire, parsed; the first is { ready: true }. */
  message(message: unknown): void;
  /** It ended by itself. Refused is for good: starting another helps nothing. */
  ended(refused: boolean): void;
}

export interface Engine {
  send(message: string): void;
  /** Ends it at once; no event follows. */
  stop(): void;
}

/** Starts an engine; steal says that one that holds the lock is taken for dead. */
export type StartEngine = (events: EngineEvents, steal: boolean) => Engine;

/** JSON of the engine; undefined for anything else. */
export function parse(text: unknown): unknown {
  if (typeof text !== "string") return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
