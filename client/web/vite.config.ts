import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";
import { serviceWorker } from "./precache.ts";

// The gallery of parts is compiled in only when this is set (src/gallery).
const gallery = process.env["VITE_GALLERY"] ?? "";

export default defineConfig({
  plugins: [svelte(), serviceWorker()],
  // Spelt out, so that an unset variable is a constant and the branch disappears.
  define: { "import.meta.env.VITE_GALLERY": JSON.stringify(gallery) },
  build: {
    // What Baseline calls widely available, and light-dark(), which the tokens use.
    target: ["chrome123", "firefox128", "safari17.5"],
    // The policy of the page allows neither data: URLs nor inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: false,
  },
  // Svelte's browser half, also where Node runs the tests.
  resolve: process.env["VITEST"] ? { conditions: ["browser"] } : {},
  test: {
    environment: "node",
    include: ["src/**/*.test.ts"],
  },
});
