// The form for who may make an account and how much each may keep.
import type { AdminServer, AdminSettings, Registration } from "../../api/generated";
import { boundOf, countOf, valueOf, type Bound } from "./quota";

export const registrations = ["start", "open", "invite", "closed"] as const;
export type RegistrationChoice = (typeof registrations)[number];

export class PolicyForm {
  registration = $state<RegistrationChoice>("start");
  workspaceQuota = $state<Bound>(boundOf(0));
  accountQuota = $state<Bound>(boundOf(0));
  workspaces = $state<Bound>(boundOf(0));
  /** Whether errors are shown: after somebody tried to save. */
  #tried = $state(false);
  #kept = $state.raw<AdminSettings | null>(null);

  /** Takes over what is set. */
  fill(server: AdminServer): void {
    const { settings } = server;
    this.#kept = settings;
    this.registration = settings.registration ?? "start";
    this.workspaceQuota = boundOf(settings.workspaceQuota);
    this.accountQuota = boundOf(settings.accountQuota);
    this.workspaces = boundOf(settings.workspaces, true);
    this.#tried = false;
  }

  /** What the form comes to; null while a number cannot be read. */
  get settings(): AdminSettings | null {
    const [workspaceQuota, accountQuota, workspaces] = [valueOf(this.workspaceQuota), valueOf(this.accountQuota), countOf(this.workspaces)];
    if (workspaceQuota === null || accountQuota === null || workspaces === null) return null;
    const registration: Registration | null = this.registration === "start" ? null : this.registration;
    return { registration, workspaceQuota, accountQuota, workspaces };
  }

  get changed(): boolean {
    const [now, kept] = [this.settings, this.#kept];
    if (!now || !kept) return kept !== null;
    return now.registration !== kept.registration || now.workspaceQuota !== kept.workspaceQuota || now.accountQuota !== kept.accountQuota || now.workspaces !== kept.workspaces;
  }

  /** Whether to point out a number that cannot be read. */
  wrong(bound: Bound, counts = false): boolean {
    return this.#tried && (counts ? countOf(bound) : valueOf(bound)) === null;
  }

  /** The settings to save; null, with the errors shown, when there is one. */
  submit(): AdminSettings | null {
    this.#tried = true;
    return this.settings;
  }
}
