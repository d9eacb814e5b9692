// A logo as it is chosen: looked at before it is sent, so that the reason of a refusal
// can be said at once. The server looks again.

/** The bounds of schema/limits.go: octets, and pixels on a side. */
export const maxLogo = 256 << 10;
export const maxLogoSide = 2048;

export type Problem = "type" | "size" | "side" | "damaged";

function begins(bytes: Uint8Array, at: number, signature: readonly number[]): boolean {
  return signature.every((value, i) => bytes[at + i] === value);
}

/** The type that the first octets tell, whatever the name says. SVG is a program and none of them. */
export function pictureType(bytes: Uint8Array): string | null {
  if (begins(bytes, 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return "image/png";
  if (begins(bytes, 0, [0xff, 0xd8, 0xff])) return "image/jpeg";
  if (begins(bytes, 0, [0x52, 0x49, 0x46, 0x46]) && begins(bytes, 8, [0x57, 0x45, 0x42, 0x50])) return "image/webp";
  return null;
}

/** The sides of a picture, in pixels; rejects when it cannot be decoded. */
export type Measure = (picture: Blob) => Promise<{ width: number; height: number }>;

export interface Picked {
  bytes: Uint8Array<ArrayBuffer>;
  type: string;
}

/** Reads a file as a logo, or says what is wrong with it. */
export async function pick(file: Blob, measure: Measure): Promise<Picked | Problem> {
  if (file.size > maxLogo) return "size";
  const bytes = new Uint8Array(await file.arrayBuffer());
  const type = pictureType(bytes);
  if (type === null) return "type";
  try {
    const { width, height } = await measure(new Blob([bytes], { type }));
    return width > maxLogoSide || height > maxLogoSide ? "side" : { bytes, type };
  } catch {
    return "damaged";
  }
}

/** Octets in base64 (RFC 4648 section 4), as calls carry them. */
export function base64(bytes: Uint8Array): string {
  let text = "";
  for (const octet of bytes) text += String.fromCharCode(octet);
  return btoa(text);
}
