// The kit as a file that any program opens, made in the page: it is sent nowhere.

/** Gives the browser a text to keep, under a name. */
export function saveText(name: string, content: string, type = "text/plain;charset=utf-8"): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has its own reference as soon as the click was handled; give slow ones time.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
