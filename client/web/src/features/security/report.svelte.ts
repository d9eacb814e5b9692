// What this device has detected, as the page and the notice show it.
import type { Finding, Severity } from "../../api/generated";
import { Act } from "../../app/act.svelte";
import { concerns, type Api, type Refusal } from "../../app/engine";
import { Answer, type Status } from "../../app/loaded.svelte";
import { locale } from "../../i18n";

export type FindingGroup = "misbehaviour" | "warning" | "notice" | "dismissed";

/** What somebody can do about a finding; the texts say it. */
export type Todo = "server" | "word" | "identity" | "keys" | "frozen" | "warning" | "notice";

const aboutKeys = new Set<Finding["code"]>(["peer_key_differs", "directory_key_differs", "directory_certificate_old"]);
const frozen = new Set<Finding["code"]>(["membership_frozen", "keys_frozen", "stream_looks_hidden", "stream_looks_frozen"]);

export function todoOf(finding: Finding): Todo {
  if (finding.severity === "misbehaviour") return finding.facts.accuser !== null ? "word" : finding.kind === "identity" ? "identity" : "server";
  if (aboutKeys.has(finding.code)) return "keys";
  if (frozen.has(finding.code)) return "frozen";
  return finding.severity === "notice" ? "notice" : "warning";
}

export function safeOf(finding: Finding): Severity | "identity" {
  return finding.kind === "identity" ? "identity" : finding.severity;
}

/** In the language in force; English stands in for a language that the engine does not know. */
export function said(words: Readonly<Record<string, string>>): string {
  return words[locale.language] ?? words["en"] ?? "";
}

/** The most that is put on the clipboard, in characters of the proof's text. */
const longestCopy = 200_000;

export class Report {
  readonly act = new Act();
  readonly #api: Api;
  readonly #answer: Answer<readonly Finding[]>;

  constructor(api: Api) {
    this.#api = api;
    this.#answer = new Answer<readonly Finding[]>(api, [], async (from) => (await from.call("security.report", {})).findings, (change) => concerns(change, ["security"]));
  }

  start(): () => void {
    return this.#answer.start();
  }

  retry(): Promise<void> {
    return this.#answer.retry();
  }

  get status(): Status {
    return this.#answer.status;
  }

  get refusal(): Refusal | null {
    return this.#answer.refusal;
  }

  /** Open ones by weight, the newest first; then what was dealt with. Empty groups are left out. */
  get groups(): { id: FindingGroup; findings: Finding[] }[] {
    const of = (one: Finding): FindingGroup => (one.dismissed > 0 ? "dismissed" : one.severity === "doubt" ? "warning" : one.severity);
    return (["misbehaviour", "warning", "notice", "dismissed"] as const)
      .map((id) => ({ id, findings: this.#answer.value.filter((one) => of(one) === id).sort((a, b) => b.last - a.last) }))
      .filter((group) => group.findings.length > 0);
  }

  /** What the notice is about: the server was caught, and nobody has dealt with it. Workspaces before channels, the newest first. */
  get caught(): readonly Finding[] {
    const weight = (one: Finding) => (one.stands === "workspace" ? 2 : one.stands === "nothing" ? 0 : 1);
    return this.#answer.value.filter((one) => one.severity === "misbehaviour" && one.dismissed === 0).sort((a, b) => weight(b) - weight(a) || b.last - a.last);
  }

  /** Whether dismissing sets a device's word aside, which has consequences. */
  setsAside(finding: Finding): boolean {
    return finding.facts.accuser !== null && finding.stands !== "nothing";
  }

  async dismiss(finding: Finding): Promise<boolean> {
    const done = (await this.act.run(() => this.#api.call("security.dismiss", { finding: finding.id }))) !== null;
    await this.#answer.refresh();
    return done;
  }

  /** The finding with all pieces of its proof, as text (JSON) for an auditor; null when it could not be read. */
  async proof(finding: Finding): Promise<string[] | null> {
    return this.act.run(async () => {
      const { id, code, severity, kind, sentence, facts, workspace, channel, at, last } = finding;
      const head = JSON.stringify({ id, code, severity, kind, sentence: sentence["en"], facts, workspace, channel, at, last }, null, 2);
      const parts = [`{\n"format": "cenacle-finding/1",\n"finding": ${head},\n"proof": [`];
      // One by one: together they may be megabytes.
      for (let item = 0; item < finding.proof; item++) {
        parts.push(item === 0 ? "\n" : ",\n", JSON.stringify(await this.#api.call("security.proof", { finding: id, item })));
      }
      parts.push("\n]\n}\n");
      return parts;
    });
  }

  /** Whether a proof is short enough for the clipboard. */
  fitsClipboard(parts: readonly string[]): boolean {
    return parts.reduce((sum, part) => sum + part.length, 0) <= longestCopy;
  }
}

/** The name of the file of a proof. */
export function fileName(finding: Finding): string {
  return `cenacle-${finding.code.replaceAll("_", "-")}-${finding.id.slice(0, 8)}.json`;
}

/** The setting of strict verification, and the user's own key. */
export class OwnSecurity {
  readonly #api: Api;
  readonly act = new Act();
  #strict = $state<boolean | null>(null);
  #fingerprint = $state("");

  constructor(api: Api) {
    this.#api = api;
  }

  start(): () => void {
    void this.#read();
    return this.#api.onChange((change) => {
      if (concerns(change, ["settings"])) void this.#read();
    });
  }

  /** null until it is known. */
  get strict(): boolean | null {
    return this.#strict;
  }

  get fingerprint(): string {
    return this.#fingerprint;
  }

  /** Shows the choice at once, and what the engine holds if it refuses. */
  async setStrict(on: boolean): Promise<boolean> {
    this.#strict = on;
    const done = (await this.act.run(() => this.#api.call("settings.setStrict", { on }))) !== null;
    if (!done) await this.#read();
    return done;
  }

  async #read(): Promise<void> {
    const [settings, key] = await Promise.allSettled([this.#api.call("settings.get", {}), this.#api.call("account.exportKey", { private: false, passphrase: "" })]);
    if (settings.status === "fulfilled") this.#strict = settings.value.strict;
    if (key.status === "fulfilled") this.#fingerprint = key.value.fingerprint;
  }
}
