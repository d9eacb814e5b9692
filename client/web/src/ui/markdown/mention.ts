/** Whose an @name is: the name to show and whether it is the reader's own; null for nobody's. */
export type ResolveMention = (name: string) => { label: string; self: boolean } | null;
