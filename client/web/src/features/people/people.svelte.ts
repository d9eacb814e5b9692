// The people of a workspace as its page shows them, and what may be done with them.
import type { Channel, Invite, InviteLink, Person, Role, StreamID, UserID, WorkspaceID } from "../../api/generated";
import { Act } from "../../app/act.svelte";
import { concerns, type Api, type Refusal } from "../../app/engine";
import { Answer, type Status } from "../../app/loaded.svelte";
import { atLeast, mayGrant } from "../../app/workspaces.svelte";
import { find } from "../../lib/fuzzy";
import { text } from "./text";

/** An id short enough to read aloud, long enough to tell two people apart. */
export function shortID(id: string): string {
  return id.length > 12 ? `${id.slice(0, 10)}…` : id;
}

/** The name to show: never empty. */
export function nameOf(person: Pick<Person, "user" | "name">): string {
  return person.name === "" ? text().somebody(shortID(person.user)) : person.name;
}

export type Group = "pending" | "team" | "guests";

/** The roles that may be given, the least first. */
export const roles = ["guest", "member", "admin", "owner"] as const satisfies readonly Role[];
export type GivenRole = (typeof roles)[number];

export class People {
  readonly act = new Act();
  readonly #api: Api;
  readonly #workspace: WorkspaceID;
  readonly #people: Answer<readonly Person[]>;
  readonly #channels: Answer<readonly Channel[]>;
  query = $state("");

  constructor(api: Api, workspace: WorkspaceID) {
    this.#api = api;
    this.#workspace = workspace;
    this.#people = new Answer<readonly Person[]>(api, [], async (from) => (await from.call("people.list", { workspace })).people, (change) => concerns(change, ["people", "presence"], workspace));
    this.#channels = new Answer<readonly Channel[]>(api, [], async (from) => (await from.call("channels.list", { workspace })).channels, (change) => concerns(change, ["channels"], workspace));
  }

  start(): () => void {
    const stops = [this.#people.start(), this.#channels.start()];
    return () => {
      for (const stop of stops) stop();
    };
  }

  retry(): Promise<void> {
    return this.#people.retry();
  }

  get status(): Status {
    return this.#people.status;
  }

  get refusal(): Refusal | null {
    return this.#people.refusal;
  }

  get all(): readonly Person[] {
    return this.#people.value;
  }

  get(user: UserID): Person | undefined {
    return this.#people.value.find((one) => one.user === user);
  }

  get me(): Person | undefined {
    return this.#people.value.find((one) => one.self);
  }

  get myRole(): Role {
    return this.me?.role ?? "";
  }

  get isGuest(): boolean {
    return this.myRole === "guest";
  }

  get mayManage(): boolean {
    return atLeast(this.myRole, "admin");
  }

  /** How many are in, without those who wait. */
  get count(): number {
    return this.#people.value.filter((one) => !one.pending).length;
  }

  /** Who is found by the query, in groups; empty groups are left out. */
  get groups(): { id: Group; people: Person[] }[] {
    const found = find(this.query, this.#people.value, (one) => `${nameOf(one)} ${one.user}`, 5000);
    const of = (one: Person): Group => (one.pending ? "pending" : one.role === "guest" ? "guests" : "team");
    return (["pending", "team", "guests"] as const)
      .filter((id) => id !== "pending" || this.mayManage)
      .map((id) => ({ id, people: found.filter((one) => of(one) === id) }))
      .filter((group) => group.people.length > 0);
  }

  /** The roles that the user may give this person; empty where none can be changed. */
  rolesFor(person: Person): GivenRole[] {
    if (person.pending || !mayGrant(this.myRole, person.role) || (person.self && this.myRole !== "owner")) return [];
    return roles.filter((role) => mayGrant(this.myRole, role));
  }

  mayRemove(person: Person): boolean {
    return !person.self && mayGrant(this.myRole, person.pending ? "member" : person.role);
  }

  /** Roles that an invite of the user may carry. */
  get rolesToInvite(): GivenRole[] {
    return roles.filter((role) => mayGrant(this.myRole, role) && role !== "owner");
  }

  /** Private channels that the user is in, for admitting and inviting to. */
  get privateChannels(): readonly Channel[] {
    return this.#channels.value.filter((one) => one.kind === "private" && !one.archived);
  }

  async setRole(user: UserID, role: Role): Promise<boolean> {
    return this.#changed(() => this.#api.call("people.setRole", { workspace: this.#workspace, user, role }));
  }

  async remove(user: UserID): Promise<boolean> {
    return this.#changed(() => this.#api.call("people.remove", { workspace: this.#workspace, user }));
  }

  async approve(user: UserID, role: Role, channels: StreamID[]): Promise<boolean> {
    return this.#changed(() => this.#api.call("people.approve", { workspace: this.#workspace, user, role, channels }));
  }

  /** The direct conversation with somebody, made if there is none; null when refused. */
  async direct(user: UserID): Promise<StreamID | null> {
    return this.act.run(async () => (await this.#api.call("channels.direct", { workspace: this.#workspace, users: [user] })).channel);
  }

  async #changed(call: () => Promise<unknown>): Promise<boolean> {
    const done = (await this.act.run(call)) !== null;
    await this.#people.refresh();
    return done;
  }
}

/** What a new invite shall offer, as the form holds it. */
export interface Offer {
  role: GivenRole;
  channels: StreamID[];
  uses: string;
  expires: "day" | "week" | "month" | "never";
  approval: boolean;
}

export type OfferProblem = "channels" | "uses";

const day = 86_400_000;
const lasts = { day, week: 7 * day, month: 30 * day, never: 0 } as const;

/** schema.MaxInviteUses. */
const mostUses = 5000;

/** What is wrong with an offer, or null. */
export function problemOf(offer: Offer): OfferProblem | null {
  if (offer.role === "guest" && offer.channels.length === 0) return "channels";
  const uses = /^\d{1,4}$/.test(offer.uses.trim()) ? Number(offer.uses) : 0;
  return uses < 1 || uses > mostUses ? "uses" : null;
}

export class Invites {
  readonly act = new Act();
  readonly #api: Api;
  readonly #workspace: WorkspaceID;
  readonly #list: Answer<readonly Invite[]>;
  #made = $state.raw<InviteLink | null>(null);

  constructor(api: Api, workspace: WorkspaceID) {
    this.#api = api;
    this.#workspace = workspace;
    this.#list = new Answer<readonly Invite[]>(api, [], async (from) => (await from.call("invites.list", { workspace })).invites, (change) => concerns(change, ["people"], workspace));
  }

  start(): () => void {
    const stop = this.#list.start();
    return () => {
      stop();
      this.#made = null;
    };
  }

  retry(): Promise<void> {
    return this.#list.retry();
  }

  get status(): Status {
    return this.#list.status;
  }

  get refusal(): Refusal | null {
    return this.#list.refusal;
  }

  get open(): readonly Invite[] {
    return this.#list.value.filter((one) => one.open);
  }

  get over(): readonly Invite[] {
    return this.#list.value.filter((one) => !one.open);
  }

  /** The link that was just made: it exists nowhere else, and only until forget. */
  get made(): InviteLink | null {
    return this.#made;
  }

  forget(): void {
    this.#made = null;
  }

  /** Makes an invite of an offer without a problem. */
  async create(offer: Offer): Promise<boolean> {
    const { role, channels, expires, approval } = offer;
    this.#made = await this.act.run(() => this.#api.call("invites.create", { workspace: this.#workspace, role, channels, uses: Number(offer.uses), expiresIn: lasts[expires], approval }));
    if (this.#made) await this.#list.refresh();
    return this.#made !== null;
  }

  async revoke(invite: Invite): Promise<boolean> {
    const done = (await this.act.run(() => this.#api.call("invites.revoke", { workspace: this.#workspace, invite: invite.id }))) !== null;
    await this.#list.refresh();
    return done;
  }
}
