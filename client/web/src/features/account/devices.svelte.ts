// The user's devices: which there are, and revoking one, which makes a new kit.
import type { Device, DeviceID, Kit } from "../../api/generated";
import type { Api, Refusal } from "../../app/engine";
import { concerns, refusalOf } from "../../app/engine";

/** A device's id, short enough to compare by eye. */
export function shortID(id: DeviceID): string {
  return (id.slice(-8).match(/.{1,4}/g) ?? []).join(" ").toUpperCase();
}

export class Devices {
  readonly #api: Api;
  readonly #keepKit: (value: "later" | "yes") => Promise<void>;
  #list = $state.raw<readonly Device[] | null>(null);
  #refusal = $state.raw<Refusal | null>(null);
  #wrong = $state(false);
  #busy = $state(false);
  #kit = $state.raw<Kit | null>(null);
  #shown = $state.raw<Kit | null>(null);

  constructor(api: Api, keepKit: (value: "later" | "yes") => Promise<void>) {
    this.#api = api;
    this.#keepKit = keepKit;
  }

  /** This device first, then the newest, revoked ones last; null until they were read. */
  get list(): readonly Device[] | null {
    return this.#list;
  }

  get refusal(): Refusal | null {
    return this.#refusal;
  }

  /** Whether the passphrase that was asked for last was wrong. */
  get wrong(): boolean {
    return this.#wrong;
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** The new kit, after a device was revoked. */
  get newKit(): Kit | null {
    return this.#kit;
  }

  /** The kit for a device to add. */
  get shown(): Kit | null {
    return this.#shown;
  }

  start(): () => void {
    void this.refresh();
    return this.#api.onChange((change) => {
      if (concerns(change, ["session", "security"])) void this.refresh();
    });
  }

  async refresh(): Promise<void> {
    try {
      const { devices } = await this.#api.call("account.devices", {});
      const rank = (device: Device) => (device.current ? 0 : device.revoked ? 2 : 1);
      this.#list = [...devices].sort((a, b) => rank(a) - rank(b) || b.created - a.created);
      this.#refusal = null;
    } catch (error) {
      this.#refusal = refusalOf(error);
    }
  }

  /** Forgets what the last dialog said and showed. */
  reset(): void {
    this.#wrong = false;
    this.#shown = null;
  }

  /** The account's kit, for a device to add; resolves with whether it is shown. */
  async show(passphrase: string): Promise<boolean> {
    this.#shown = await this.#ask("account.kit", { passphrase });
    return this.#shown !== null;
  }

  /** Revokes a device; resolves with whether it was done. The new kit is shown then. */
  async revoke(device: DeviceID, passphrase: string): Promise<boolean> {
    const kit = await this.#ask("account.revokeDevice", { device, passphrase });
    if (kit === null) return false;
    this.#kit = kit;
    // The old kit opens nothing any more: the new one has to be kept.
    await this.#keepKit("later");
    await this.refresh();
    return true;
  }

  /** The new kit was kept, or is left for later. */
  async settle(kept: boolean): Promise<void> {
    this.#kit = null;
    if (kept) await this.#keepKit("yes");
  }

  async #ask<N extends "account.kit" | "account.revokeDevice">(name: N, params: N extends "account.kit" ? { passphrase: string } : { device: DeviceID; passphrase: string }): Promise<Kit | null> {
    if (this.#busy) return null;
    this.#busy = true;
    this.#wrong = false;
    this.#refusal = null;
    try {
      return await this.#api.call(name, params);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal.code === "sign_in_failed") this.#wrong = true;
      else this.#refusal = refusal;
      return null;
    } finally {
      this.#busy = false;
    }
  }
}
