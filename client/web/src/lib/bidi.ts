// Characters that change the direction of what follows can make text read as
// something that it is not (ATTACKS W1, K14: "gpj.exe" shown as "exe.jpg").

// Embeddings, overrides and isolates (UAX #9 section 2). The marks U+200E, U+200F
// and U+061C stay: they move nothing but their neighbours, and Arabic needs them.
const controls = /[\u202A-\u202E\u2066-\u2069]/gu;

/** Text in which direction controls are spelt out, such as [U+202E], and act no more. */
export function revealBidi(text: string): string {
  return text.replace(controls, (control) => `[U+${control.charCodeAt(0).toString(16).toUpperCase()}]`);
}
