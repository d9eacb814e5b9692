// What somebody can do first on this server: sign up, open an invite, or only sign in.
import type { Server } from "../../app/server.svelte";

/** asking: the server has not answered; unreachable: it does not. */
export type Ways = "asking" | "unreachable" | "open" | "invite" | "closed";

export function waysOf(server: Pick<Server, "info" | "failed">): Ways {
  if (!server.info) return server.failed ? "unreachable" : "asking";
  // The first account is accepted whatever the registration is: nobody could invite it.
  return server.info.empty ? "open" : server.info.registration;
}
