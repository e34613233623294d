/**
 * Two builds into the Python package's `web_dist` folder:
 * - the app: `index.html` and `elements.html` plus hashed files under `static/`, served at `/` and `/elements`;
 * - `--mode elements`: `elements.js`, which any page may load with `<script type="module">`, and its parts under
 *   `static/elements/`: the button, all other elements, languages. They find each other relative to their own addresses, so a path before them does no harm.
 * And `--mode npm`: modules for other people's bundlers, in `dist-npm/` (see scripts/build-npm.mjs).
 * Library mode leaves white space in unless it is told to minify all the same.
 */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Plugin, defineConfig } from "vite";
import { minifyTemplates } from "./build/minify-templates.ts";
import { shortCustomProperties } from "./build/short-custom-properties.ts";
import { staticProperties } from "./build/static-properties.ts";

const root = fileURLToPath(new URL(".", import.meta.url));
const ELEMENTS = [
  "availability-editor",
  "booking-card",
  "booking-modal",
  "cancel-dialog",
  "dual-time",
  "schedule-button",
  "slot-picker",
  "upcoming",
];
const outDir = fileURLToPath(new URL("../src/convene/web_dist", import.meta.url));

/** One module per element and one for all, neither minified nor with Lit inside: that is the host's to do. */
const forBundlers = {
  outDir: `${root}dist-npm`,
  emptyOutDir: false,
  target: "es2022",
  lib: {
    entry: {
      index: `${root}src/elements/index.ts`,
      ...Object.fromEntries(ELEMENTS.map((name) => [name, `${root}src/elements/${name}/${name}.ts`])),
    },
    formats: ["es" as const],
  },
  rollupOptions: {
    external: [/^lit(\/|$)/],
    output: { minify: false, entryFileNames: "[name].js", chunkFileNames: "parts/[name]-[hash].js" },
  },
};

/** The texts of all modules and sheets. */
function* sources(): Generator<string> {
  for (const entry of readdirSync(`${root}src`, { recursive: true, withFileTypes: true })) {
    if (/\.(ts|css)$/.test(entry.name)) yield readFileSync(join(entry.parentPath, entry.name), "utf8");
  }
}

/** `npm run dev` serves the sources where the product serves `elements.js`. */
const elementsInDevelopment: Plugin = {
  name: "elements-in-development",
  configureServer(server) {
    server.middlewares.use((request, _response, next) => {
      if (request.url === "/elements.js") request.url = "/src/embed/elements.ts";
      next();
    });
  },
};

export default defineConfig(({ mode }) => {
  const elements = mode === "elements";
  return {
    root,
    base: elements ? "./" : "/",
    publicDir: mode === "development" || mode === "production" ? "public" : false,
    plugins: [
      minifyTemplates(),
      elementsInDevelopment,
      ...(elements ? [staticProperties(), shortCustomProperties(sources)] : []),
    ],
    build: mode === "npm" ? forBundlers : {
      outDir,
      // The app build runs first and clears the folder; the elements build adds to it.
      emptyOutDir: !elements,
      target: "es2022",
      // All of these know `light-dark()`; what stands in for it elsewhere is longer and does not follow `color-scheme`.
      cssTarget: ["chrome123", "edge123", "firefox120", "safari17.5"],
      assetsDir: "static",
      modulePreload: { polyfill: false },
      // As a library the parts fetch each other with bare `import()`, without a helper that preloads styles.
      ...(elements ? { lib: { entry: `${root}src/embed/elements.ts`, formats: ["es"] as const } } : {}),
      reportCompressedSize: false,
      rollupOptions: elements
        ? {
            input: {
              // First, for the order of the modules: see src/embed/order.ts.
              "elements-api": `${root}src/embed/elements-api.ts`,
              elements: `${root}src/embed/elements.ts`,
            },
            preserveEntrySignatures: "strict",
            output: {
              minify: true,
              comments: false,
              entryFileNames: "[name].js",
              chunkFileNames: "static/elements/[name]-[hash].js",
              codeSplitting: {
                // Two parts, as each one compresses by itself: what a button needs, and the rest. The one of the higher
                // priority chooses first, and takes along what it needs.
groups: [
                  { name: "button", test: /\/src\/embed\/embed\.ts$/, priority: 9 },
                  { name: "rest", test: /\/src\/(?!languages\/|embed\/elements)|\/node_modules\//, priority: 8 },
                ],
              },
            },
          }
        : { input: { index: `${root}index.html`, elements: `${root}elements.html` } },
    },
    server: {
      proxy: Object.fromEntries(
        ["/api", "/v1", "/oauth", "/connect/api", "/connect/ws"].map((path) => [
          path,
          { target: "http://127.0.0.1:8000", ws: path.endsWith("/ws") },
        ]),
      ),
    },
    test: { environment: "node", include: ["src/**/*.test.ts", "test/**/*.test.ts"] },
  };
});
