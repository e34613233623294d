/**
 * Two builds into the Python package's `web_dist` folder:
 * - the app: `index.html` plus hashed files under `static/`, served at `/`;
 * - `--mode elements`: one file, `elements.js`, that any page may load with `<script type="module">`.
 * Both are built in app mode because library mode leaves white space in.
 */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const root = fileURLToPath(new URL(".", import.meta.url));
const outDir = fileURLToPath(new URL("../src/convene/web_dist", import.meta.url));

export default defineConfig(({ mode }) => {
  const elements = mode === "elements";
  return {
    root,
    base: "/",
    publicDir: elements ? false : "public",
    build: {
      outDir,
      // The app build runs first and clears the folder; the elements build adds to it.
      emptyOutDir: !elements,
      target: "es2022",
      assetsDir: "static",
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
      rollupOptions: elements
        ? {
            input: { elements: `${root}src/elements/index.ts` },
            preserveEntrySignatures: "strict",
            output: { entryFileNames: "[name].js", codeSplitting: false },
          }
        : { input: { index: `${root}index.html` } },
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
