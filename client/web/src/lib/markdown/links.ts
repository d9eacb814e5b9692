// Which addresses a message may lead to, and which say something else than they do.

const schemes = new Set(["http:", "https:", "mailto:"]);

/** The longest address that becomes a link, in UTF-16 units. */
const maxAddress = 2048;

/**
 * An address that may be followed, in the form in which the browser will follow it,
 * or null. Relative addresses are refused: a message cannot lead into the app.
 */
export function safeAddress(address: string): string | null {
  if (address.length > maxAddress) return null;
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return null;
  }
  if (!schemes.has(url.protocol)) return null;
  // user:password@host is used to make one host look like another, and for nothing else.
  if (url.protocol !== "mailto:" && (url.username !== "" || url.password !== "")) return null;
  return url.href;
}

const looksLikeAddress = /^\s*(?:[a-z][a-z0-9+.-]*:\/*)?(?:[^\s/@]+@)?([\p{L}\p{N}](?:[\p{L}\p{N}.-]*[\p{L}\p{N}])?\.\p{L}{2,})(?::\d+)?(?:[/?#]\S*)?\s*$/iu;

/** The host to show after a link whose words look like an address of another host; else null. */
export function otherHost(words: string, href: string): string | null {
  const shown = looksLikeAddress.exec(words.slice(0, maxAddress))?.[1];
  if (shown === undefined) return null;
  const url = new URL(href);
  const host = url.protocol === "mailto:" ? decodeHost(url.pathname.slice(url.pathname.lastIndexOf("@") + 1)) : url.hostname;
  return sameHost(shown, host) ? null : host;
}

function decodeHost(host: string): string {
  try {
    return decodeURIComponent(host);
  } catch {
    return host;
  }
}

function sameHost(shown: string, host: string): boolean {
  let normal: string;
  try {
    normal = new URL(`http://${shown}`).hostname; // lower case, Punycode
  } catch {
    return false;
  }
  const bare = (name: string) => name.toLowerCase().replace(/^www\./, "");
  return bare(normal) === bare(host);
}
