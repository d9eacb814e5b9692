// Keyboard shortcuts of the whole app. "mod" is Ctrl, on a Mac Command. "g i" are two
// keys after one another. Letters are what is typed, not where the key lies.
import { untrack } from "svelte";

export interface Shortcut {
  /** Such as "mod+k", "?", "g i", "alt+ArrowUp". */
  keys: string;
  /** What it does, as the help shows it; read when shown, so that it follows the language. */
  label: () => string;
  /** The heading it stands under. */
  group: () => string;
  run: () => void;
  /** Whether it is possible now; always, when left out. */
  when?: (() => boolean) | undefined;
}

/** What of a keyboard event decides; a KeyboardEvent is one. */
export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
  timeStamp: number;
}

/** How long the second key of two may take, in milliseconds. */
const patience = 1200;

/** One key with its modifiers, in the form in which shortcuts are written. */
export function keyName(e: KeyPress, mac: boolean): string {
  const mod = mac ? e.metaKey : e.ctrlKey;
  const name = e.key.length === 1 ? e.key.toLowerCase() : e.key;
  // Shift is part of a sign such as "?", and said only for letters and named keys.
  const shift = e.shiftKey && (e.key.length > 1 || name !== e.key);
  return (mod ? "mod+" : "") + (mac && e.ctrlKey ? "ctrl+" : "") + (e.altKey ? "alt+" : "") + (shift ? "shift+" : "") + name;
}

/** Whether what is typed there is text, so that plain letters are no shortcuts. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button", "submit", "range", "file"].includes(target.type);
}

/** All shortcuts that are in force; the latest of two with the same keys wins. */
export class Shortcuts {
  #all = $state.raw<readonly Shortcut[]>([]);
  #first: { key: string; at: number } | null = null;
  readonly #mac: boolean;

  constructor(mac: boolean) {
    this.#mac = mac;
  }

  /** In the order in which they were added. */
  get all(): readonly Shortcut[] {
    return this.#all;
  }

  /** Adds some and returns what removes them again; fits an $effect. */
  add(...shortcuts: Shortcut[]): () => void {
    this.#all = [...untrack(() => this.#all), ...shortcuts];
    return () => {
      this.#all = untrack(() => this.#all).filter((s) => !shortcuts.includes(s));
    };
  }

  /** Runs what a key means and reports whether it meant something. */
  press(e: KeyPress, typing: boolean): boolean {
    const name = keyName(e, this.#mac);
    if (typing && name !== "Escape" && !/^(mod|ctrl|alt)\+/.test(name)) return false;
    const first = this.#first;
    this.#first = null;
    if (first && e.timeStamp - first.at < patience && this.#run(`${first.key} ${name}`)) return true;
    if (this.#run(name)) return true;
    if (this.#all.some((s) => s.keys.startsWith(`${name} `))) this.#first = { key: name, at: e.timeStamp };
    return false;
  }

  #run(keys: string): boolean {
    const shortcut = this.#all.findLast((s) => s.keys === keys && (s.when?.() ?? true));
    shortcut?.run();
    return shortcut !== undefined;
  }
}

const symbols: Record<string, string> = { ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", Escape: "Esc", Enter: "↵" };

/** The keys to show, one list for each press: "g i" is [["G"], ["I"]]. */
export function keyCaps(keys: string, mac: boolean): string[][] {
  const modifiers: Record<string, string> = mac ? { mod: "⌘", alt: "⌥", shift: "⇧", ctrl: "⌃" } : { mod: "Ctrl", alt: "Alt", shift: "⇧" };
  return keys.split(" ").map((press) => press.split("+").map((key) => modifiers[key] ?? symbols[key] ?? (key.length === 1 ? key.toUpperCase() : key)));
}
