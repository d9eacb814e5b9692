// Notices outside the page. They come from the pages, which know what is worth one;
// here they are grouped, and shown only while no page of the app is seen.
import { isPlace, type Notice, type Told } from "../lib/service-worker";
import type { Registration, ShownNotice, Windows } from "./scope";

const icon = "/icons/icon-192.png";
const badge = "/icons/badge-96.png";

/** A notice remembers where it leads: an address in the app, of opaque ids. */
function placeOf(notice: ShownNotice | undefined): string | null {
  const data = notice?.data;
  return data !== null && typeof data === "object" && "place" in data && isPlace(data.place) ? data.place : null;
}

async function isSeen(windows: Windows): Promise<boolean> {
  const all = await windows.matchAll({ type: "window", includeUncontrolled: true });
  return all.some((window) => window.visibilityState === "visible");
}

/** Shows a notice, one for each tag. Where several places are meant, it leads to what they have in common. */
export async function show(registration: Registration, windows: Windows, notice: Notice): Promise<void> {
  if (await isSeen(windows)) return;
  const [shown] = await registration.getNotifications({ tag: notice.tag });
  const before = placeOf(shown);
  const place = before === null || before === notice.place ? notice.place : notice.places;
  await registration.showNotification(notice.title, {
    body: shown ? notice.again : notice.body,
    tag: notice.tag,
    icon,
    badge,
    silent: notice.silent,
    // One that is shown already is changed without a sound: nothing nags.
    renotify: false,
    data: { place },
  });
}

/** Takes all notices away: a page is seen. */
export async function clear(registration: Registration): Promise<void> {
  for (const notice of await registration.getNotifications()) notice.close();
}

/** Somebody chose a notice: the app comes to the front at its place. */
export async function choose(windows: Windows, notice: ShownNotice): Promise<void> {
  notice.close();
  const place = placeOf(notice) ?? "/";
  const [window] = await windows.matchAll({ type: "window", includeUncontrolled: true });
  if (!window) {
    await windows.openWindow(place);
    return;
  }
  await window.focus();
  const told: Told = { kind: "go", place };
  window.postMessage(told);
}
