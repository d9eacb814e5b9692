// Tells of news while the page is not seen: that there is something, in a workspace,
// and nothing else. Neither a text nor a name nor a channel leaves the page.
import type { Change } from "../../api/generated";
import { concerns, type Api } from "../../app/engine";
import { href } from "../../app/paths";
import type { Notice } from "../../lib/service-worker";
import { text } from "./text";
import { wants, wishesOf, type Wishes } from "./wishes";

/** What the notifier needs of a browser. */
export interface NotifierWorld {
  hidden: () => boolean;
  permitted: () => boolean;
  /** Whether it is this tab, among those of one person, that tells. */
  leads: () => boolean;
  show: (notice: Notice) => void;
  /** Takes all notices away. */
  clear: () => void;
  onVisibility: (listener: () => void) => () => void;
}

export class Notifier {
  readonly #api: Api;
  readonly #world: NotifierWorld;
  /** Called when something came that notices could have told of, whether or not they may. */
  readonly #onNews: () => void;
  #wishes: Wishes = wishesOf({});

  constructor(api: Api, world: NotifierWorld, onNews: () => void) {
    this.#api = api;
    this.#world = world;
    this.#onNews = onNews;
  }

  /** Tells until the returned function is called. */
  start(): () => void {
    void this.#read();
    this.#seen();
    const stops = [this.#api.onChange((change) => this.#onChange(change)), this.#world.onVisibility(() => this.#seen())];
    return () => {
      for (const stop of stops) stop();
    };
  }

  #onChange(change: Change): void {
    if (concerns(change, ["settings"])) void this.#read();
    if (!wants(this.#wishes, change)) return;
    this.#onNews();
    if (this.#world.leads() && this.#world.hidden() && this.#world.permitted()) this.#world.show(noticeOf(change, this.#wishes));
  }

  #seen(): void {
    if (!this.#world.hidden()) this.#world.clear();
  }

  async #read(): Promise<void> {
    try {
      this.#wishes = wishesOf((await this.#api.call("settings.get", {})).values);
    } catch {
      // What was known goes on to count.
    }
  }
}

/** The notice of a change. Its words are the same whatever was written, and by whom. */
export function noticeOf(change: Change, wishes: Wishes): Notice {
  const { workspace, channel } = change;
  const places = workspace === null ? href("home") : href("inbox", { workspace });
  return {
    tag: workspace ?? "cenacle",
    title: text().title,
    body: text().one,
    again: text().several,
    place: workspace === null || channel === null ? places : href("channel", { workspace, channel }),
    places,
    silent: !wishes.sounds,
  };
}
