// Presence as the parts show it: busy is shown as away.
import type { Person } from "../../api/generated";
import type { Presence } from "../../ui/presence";

export function presenceOf(person: Pick<Person, "presence" | "self">): Presence | undefined {
  if (person.self) return "online";
  switch (person.presence) {
    case "online":
      return "online";
    case "away":
    case "busy":
      return "away";
    default:
      return undefined;
  }
}
