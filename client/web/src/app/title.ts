// The number in front of the page's title. Pages write their titles themselves
// (<svelte:head><title>); what waits for somebody is put before whatever stands there.

/** What of a document holds its title. */
export interface Titled {
  title: string;
}

const before = /^\(\d+\+?\)\u00a0/;

/** The title without a number, and with this one if it is not 0. */
export function counted(title: string, count: number): string {
  const bare = title.replace(before, "");
  return count > 0 ? `(${count > 99 ? "99+" : count})\u00a0${bare}` : bare;
}

/** Keeps a number before the title of the page until the returned function is called. */
export function countInTitle(count: number): () => void {
  const write = () => {
    const wanted = counted(document.title, count);
    if (document.title !== wanted) document.title = wanted;
  };
  write();
  const observer = new MutationObserver(write);
  observer.observe(document.head, { childList: true, subtree: true, characterData: true });
  return () => observer.disconnect();
}
