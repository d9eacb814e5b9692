import { expect, test } from "vitest";
import type { Change, Finding, Reader } from "../../api/generated";
import type { Api } from "../../app/engine";
import { fileName, Report, safeOf, todoOf } from "./report.svelte";
import { ChannelShield } from "./shield.svelte";

const facts: Finding["facts"] = { user: null, device: null, circle: null, accuser: null, seq: 0, known: 0, epoch: 0, cause: null, note: "" };
const finding = (id: string, more: Partial<Finding> = {}): Finding => ({ id, code: "event_gap", severity: "misbehaviour", kind: "gap", sentence: { en: "e", fr: "f" }, facts, workspace: "w_1", channel: null, at: 1, last: 1, stands: "channel", stillWorks: { en: "w", fr: "w" }, dismissed: 0, mayDismiss: false, proof: 2, ...more });

class Fake implements Api {
  findings: Finding[] = [];
  readers: Partial<Reader>[] = [];
  refuse = "";

  call(name: string, params: unknown): Promise<never> {
    if (name === this.refuse) return Promise.reject(new Error("refused"));
    if (name === "security.dismiss") this.findings = this.findings.map((one) => ({ ...one, dismissed: 5 }));
    const answers: Record<string, unknown> = { "security.report": { findings: this.findings }, "security.proof": { what: `item ${(params as { item?: number }).item ?? ""}`, bytes: "AA==" }, "security.shield": { readers: this.readers } };
    return Promise.resolve((answers[name] ?? {}) as never);
  }

  onChange(_listener: (change: Change) => void): () => void {
    return () => undefined;
  }
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

async function opened(findings: Finding[]): Promise<{ api: Fake; report: Report }> {
  const api = new Fake();
  api.findings = findings;
  const report = new Report(api);
  report.start();
  await settled();
  return { api, report };
}

test("what is proven stands before what is worth knowing, what was dealt with last", async () => {
  const { report } = await opened([finding("a", { severity: "notice", kind: null }), finding("b", { severity: "warning", kind: null }), finding("c"), finding("d", { dismissed: 7 })]);
  expect(report.groups.map((group) => group.id)).toEqual(["misbehaviour", "warning", "notice", "dismissed"]);
});

test("the notice speaks of open misbehaviour only, the widest standstill first", async () => {
  const { report } = await opened([finding("a", { last: 9 }), finding("b", { stands: "workspace" }), finding("c", { dismissed: 7 }), finding("d", { severity: "warning" })]);
  expect(report.caught.map((one) => one.id)).toEqual(["b", "a"]);
});

test("what to do depends on who contradicts whom", () => {
  expect(todoOf(finding("a"))).toBe("server");
  expect(todoOf(finding("a", { facts: { ...facts, accuser: "d" } }))).toBe("word");
  expect(todoOf(finding("a", { kind: "identity" }))).toBe("identity");
  expect(todoOf(finding("a", { severity: "warning", code: "peer_key_differs" }))).toBe("keys");
  expect(todoOf(finding("a", { severity: "warning", code: "keys_frozen" }))).toBe("frozen");
  expect(safeOf(finding("a", { kind: "identity" }))).toBe("identity");
});

test("the proof of a finding is whole, or none", async () => {
  const { api, report } = await opened([finding("0123456789abcdef")]);
  const one = api.findings[0] as Finding;
  const parts = await report.proof(one);
  const told = JSON.parse(parts?.join("") ?? "") as { format: string; finding: { code: string }; proof: { what: string }[] };
  expect([told.format, told.finding.code, told.proof.map((item) => item.what)]).toEqual(["cenacle-finding/1", "event_gap", ["item 0", "item 1"]]);
  expect(fileName(one)).toBe("cenacle-event-gap-01234567.json");
  expect(report.fitsClipboard(["x".repeat(200_001)])).toBe(false);
  api.refuse = "security.proof";
  expect(await report.proof(one)).toBeNull();
});

test("dismissing moves it to the end; a refusal leaves it where it was", async () => {
  const { api, report } = await opened([finding("a", { mayDismiss: true, facts: { ...facts, accuser: "d" } })]);
  const one = api.findings[0] as Finding;
  expect(report.setsAside(one)).toBe(true);
  api.refuse = "security.dismiss";
  expect(await report.dismiss(one)).toBe(false);
  expect(report.groups[0]?.id).toBe("misbehaviour");
  api.refuse = "";
  expect(await report.dismiss(one)).toBe(true);
  expect(report.groups[0]?.id).toBe("dismissed");
});

test("readers who deserve a look stand first, the user last", async () => {
  const api = new Fake();
  api.readers = [{ name: "me", trust: "self" }, { name: "b", trust: "verified" }, { name: "a", trust: "first-contact" }, { name: "z", trust: "key-changed" }, { name: "y", trust: "verified", looksLike: true }];
  const shield = new ChannelShield(api, "w_1", "s_1");
  shield.start();
  await settled();
  expect(shield.readers.map((one) => one.name)).toEqual(["z", "y", "a", "b", "me"]);
});
