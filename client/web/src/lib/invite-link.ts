// The addresses of invites: https://…/i#FRAGMENT (docs/protocol). The fragment is a secret.

/** The invite in a text that somebody pasted, perhaps with words around it; null when there is none. */
export function inviteIn(pasted: string): string | null {
  return /https?:\/\/[^\s#]{1,512}\/i#[\w-]{16,512}/.exec(pasted)?.[0] ?? null;
}

/** The invite that an opened address says, whose fragment was taken out of it; null when it holds none. */
export function inviteOf(origin: string, fragment: string): string | null {
  return inviteIn(`${origin}/i#${fragment}`);
}
