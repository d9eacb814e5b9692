// Colours that an organisation chose, made readable: contrast as in WCAG 2.2.

type Rgb = readonly [number, number, number];

/** "#rrggbb" as numbers from 0 to 255; null when it is none. */
export function parseColour(hex: string): Rgb | null {
  const found = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(hex);
  return found ? [parseInt(found[1] ?? "", 16), parseInt(found[2] ?? "", 16), parseInt(found[3] ?? "", 16)] : null;
}

function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map((value) => {
    const c = value / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(a: Rgb, b: Rgb): number {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

export function formatColour(colour: Rgb): string {
  return `#${colour.map((value) => Math.round(value).toString(16).padStart(2, "0")).join("")}`;
}

/** The colour itself, or the nearest one on its way to the other that has the contrast against all backs. */
export function readable(colour: Rgb, backs: readonly Rgb[], least: number, towards: Rgb): Rgb {
  for (let step = 0; step <= 50; step++) {
    const t = step / 50;
    const mixed = colour.map((value, i) => Math.round(value + ((towards[i] ?? 0) - value) * t)) as [number, number, number];
    if (backs.every((back) => contrast(mixed, back) >= least)) return mixed;
  }
  return towards;
}
