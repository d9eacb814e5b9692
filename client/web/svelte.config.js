import { vitePreprocess } from "@sveltejs/vite-plugin-svelte";

/** @type {import("@sveltejs/vite-plugin-svelte").SvelteConfig} */
export default {
  preprocess: vitePreprocess({ script: false }),
  compilerOptions: {
    runes: true,
    // Elements are made one by one and never parsed from HTML: under Trusted Types
    // the app needs no policy for HTML at all.
    fragments: "tree",
  },
};
