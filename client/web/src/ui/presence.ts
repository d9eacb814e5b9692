/** Whether somebody is there, as far as that is known. */
export type Presence = "online" | "away" | "offline";
