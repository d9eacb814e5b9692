// Notices, the badge and new versions, for as long as a session is open. It is started
// like a tool of a workspace, and has nothing in the sidebar.
import { untrack } from "svelte";
import type { AppState } from "../../app/state.svelte";
import type { Tool } from "../../app/tools.svelte";
import { browserNotices, browserUpdates, hasWorker, lead, onChosen, setBadge } from "./browser";
import { Notifier } from "./notifier";
import { browserPermission, Permission } from "./permission.svelte";
import { Updates } from "./updates.svelte";

/** What the notices above a place and the settings show. */
export class Outside {
  readonly permission = new Permission(browserPermission(), {
    getItem: (key) => window.localStorage.getItem(key),
    setItem: (key, value) => window.localStorage.setItem(key, value),
  });
  readonly updates = new Updates(browserUpdates());
}

// One for each page, however often a session is opened in it.
const all = new WeakMap<AppState, Outside>();

/** What belongs to this page. */
export function outsideOf(app: AppState): Outside {
  const found = all.get(app) ?? new Outside();
  all.set(app, found);
  return found;
}

export function startTool(app: AppState): Tool {
  const { permission, updates } = outsideOf(app);
  const worker = hasWorker(app.session.state?.platform);
  const go = (place: string) => app.router.go(place);
  const leading = lead();
  const notices = browserNotices(worker, () => permission.state === "granted", leading.is, go);
  const stop = $effect.root(() => {
    $effect(() => untrack(() => permission.start()));
    $effect(() => untrack(() => new Notifier(app.api, notices, () => permission.news()).start()));
    $effect(() => setBadge(app.workspaces.mentions));
    if (worker) {
      $effect(() => untrack(() => updates.start()));
      $effect(() => onChosen(go));
    }
  });
  return {
    stop: () => {
      stop();
      leading.stop();
      setBadge(0);
      notices.clear();
    },
  };
}
