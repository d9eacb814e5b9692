import type { LucideIcon } from "@lucide/svelte";

/** An icon as @lucide/svelte/icons/<name> exports it: import each one by itself. */
export type IconType = LucideIcon;
