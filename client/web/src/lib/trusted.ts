// Trusted Types: the page may start scripts only through this policy, and only its own.

interface Policy {
  createScriptURL: (url: string) => string;
}

interface Factory {
  createPolicy: (name: string, rules: { createScriptURL: (url: string) => string }) => Policy;
}

/** The name that trusted-types of the Content Security Policy must allow. */
export const policyName = "cenacle-script-url";

/** An address of a script of this server; throws for any other. */
export function ownScript(url: string, base: string): string {
  const resolved = new URL(url, base);
  if (resolved.origin !== new URL(base).origin || !/^\/(assets\/[\w.-]+|[\w-]+)\.js$/.test(resolved.pathname) || resolved.search !== "" || resolved.hash !== "") {
    throw new TypeError("not a script of this app");
  }
  return resolved.href;
}

let policy: Policy | undefined;

/**
 * The address of a worker's script (imported with ?worker&url) in the form that new Worker, new SharedWorker and
 * serviceWorker.register take under require-trusted-types-for. Browsers without
 * Trusted Types get the checked address itself.
 */
export function scriptURL(url: string | URL): string {
  const factory = (globalThis as { trustedTypes?: Factory }).trustedTypes;
  const rules = { createScriptURL: (given: string) => ownScript(given, location.href) };
  policy ??= factory ? factory.createPolicy(policyName, rules) : rules;
  return policy.createScriptURL(String(url));
}
