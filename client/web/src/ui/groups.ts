/** Cuts a code into groups of so many characters, without its own spaces and dashes. */
export function groupsOf(code: string, size: number): string[] {
  const bare = code.replace(/[\s-]/gu, "");
  const groups: string[] = [];
  for (let i = 0; i < bare.length; i += size) groups.push(bare.slice(i, i + size));
  return groups;
}
