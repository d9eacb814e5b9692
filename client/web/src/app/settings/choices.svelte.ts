// Settings as a page of settings shows and changes them: what is chosen holds at once
// and can be taken back; what could not be kept is shown as it was.
import type { Api, Refusal } from "../engine";
import { concerns, refusalOf } from "../engine";
import { Answer, type Status } from "../loaded.svelte";
import type { Toast } from "../toasts.svelte";

type Values = Readonly<Record<string, string>>;

/** What of Toasts is used. */
export interface Says {
  show(toast: Toast): void;
}

export class Choices {
  readonly #api: Api;
  readonly #toasts: Says;
  readonly #answer: Answer<Values>;
  #refusal = $state.raw<Refusal | null>(null);
  // Choices on their way, which count more than what was read.
  #pending = $state.raw<Values>({});

  constructor(api: Api, toasts: Says) {
    this.#api = api;
    this.#toasts = toasts;
    this.#answer = new Answer<Values>(api, {}, async (from) => (await from.call("settings.get", {})).values, (change) => concerns(change, ["settings"]));
  }

  start(): () => void {
    return this.#answer.start();
  }

  get status(): Status {
    return this.#answer.status;
  }

  /** Why the last choice could not be kept, or the settings not be read. */
  get refusal(): Refusal | null {
    return this.#refusal ?? (this.#answer.status === "failed" ? this.#answer.refusal : null);
  }

  /** Every value, "" where none was chosen. */
  value(key: string): string {
    return this.#pending[key] ?? this.#answer.value[key] ?? "";
  }

  get values(): Values {
    return { ...this.#answer.value, ...this.#pending };
  }

  /** Chooses, says so, and offers the way back. With keep, something else than the engine alone takes it over. */
  async choose(key: string, value: string, said: () => string, keep = (chosen: string) => this.#keep(key, chosen), before = this.value(key)): Promise<void> {
    if (value === before) return;
    if (!(await this.#set(key, value, keep, before))) return;
    this.#toasts.show({ text: said(), undo: () => void this.#set(key, before, keep, value) });
  }

  async #set(key: string, value: string, keep: (value: string) => Promise<void>, before: string): Promise<boolean> {
    this.#pending = { ...this.#pending, [key]: value };
    this.#refusal = null;
    try {
      await keep(value);
      await this.#answer.refresh();
      return true;
    } catch (error) {
      this.#refusal = refusalOf(error);
      // What is seen is what is kept.
      await keep(before).catch(() => undefined);
      return false;
    } finally {
      const { [key]: mine, ...others } = this.#pending;
      if (mine === value) this.#pending = others;
    }
  }

  async #keep(key: string, value: string): Promise<void> {
    await this.#api.call("settings.set", { key, value });
  }
}
