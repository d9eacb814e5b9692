import type { IconType } from "./icon";

/** One line of a menu. A menu has at most about nine, with dividers between kinds. */
export interface MenuItem {
  label: string;
  icon?: IconType;
  /** Shown at the end, such as "Ctrl K". */
  keys?: string;
  danger?: boolean;
  disabled?: boolean;
  /** For lines that are switched on or off, or chosen among others. */
  checked?: boolean;
  run: () => void;
}

export type MenuEntry = MenuItem | "divider";
