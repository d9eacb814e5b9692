// The browser's way with pictures: measured and shown from blob: addresses, which the
// policy of the page allows for images alone.
import type { Pictures } from "./branding.svelte";

export const browserPictures: Pictures = {
  measure: async (picture) => {
    const bitmap = await createImageBitmap(picture);
    const { width, height } = bitmap;
    bitmap.close();
    return { width, height };
  },
  show: ({ bytes, type }) => {
    const url = URL.createObjectURL(new Blob([bytes], { type }));
    return { url, free: () => URL.revokeObjectURL(url) };
  },
};
