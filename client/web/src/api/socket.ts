// The engine of `cenacle open`, over a socket to the machine's loopback address. The
// page was opened with a token that works once, and gets a secret for it.
import { parse, type StartEngine } from "./engine";

/** Where secret or token stand while the tab lives. */
export interface Keep {
  get(): Credentials | null;
  set(credentials: Credentials): void;
}

export interface Credentials {
  token?: string;
  secret?: string;
}

interface Welcome {
  ready?: boolean;
  refused?: boolean;
  secret?: string;
}

export const startSocket =
  (address: string, keep: Keep): StartEngine =>
  (events) => {
    const socket = new WebSocket(address);
    let welcomed = false;
    let over = false;
    const end = (refused: boolean) => {
      if (over) return;
      over = true;
      socket.close();
      events.ended(refused);
    };
    socket.onopen = () => socket.send(JSON.stringify(keep.get() ?? {}));
    socket.onclose = () => end(false);
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (over) return;
      const message = parse(data);
      if (!welcomed) {
        const welcome = (message ?? {}) as Welcome;
        if (welcome.ready !== true) {
          end(welcome.refused === true);
          return;
        }
        welcomed = true;
        if (welcome.secret !== undefined) keep.set({ secret: welcome.secret });
      }
      events.message(message);
    };
    return {
      send: (message) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(message);
      },
      stop: () => {
        over = true;
        socket.close();
      },
    };
  };
