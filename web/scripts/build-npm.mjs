/**
 * The npm package `@convene/elements`, in `dist-npm/`: modules for bundlers (Lit stays a dependency), types, the manifest
 * of the elements, and under `browser/` the files that Convene itself serves, for pages without a bundler.
 *
 *     node scripts/build-npm.mjs && cd dist-npm && npm pack
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { manifest } from "./manifest.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const out = join(root, "dist-npm");
const own = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

rmSync(out, { recursive: true, force: true });
mkdirSync(out);
await build({ root, mode: "npm", logLevel: "warn" });
await build({ root, mode: "elements", logLevel: "warn", build: { outDir: join(out, "browser") } });

// Types: what the compiler says of the sources. Names of files in them end as the modules' do.
execFileSync(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "--project", join(root, "npm", "tsconfig.json")], { stdio: "inherit" });
for (const name of readdirSync(join(out, "types"), { recursive: true })) {
  if (!name.endsWith(".d.ts")) continue;
  const path = join(out, "types", name);
  writeFileSync(path, readFileSync(path, "utf8").replace(/((?:from|import)\s*\(?\s*["']\.[^"']*)\.ts(["'])/g, "$1.js$2"));
}

const elements = manifest();
writeFileSync(join(out, "custom-elements.json"), `${JSON.stringify(elements, null, 2)}\n`);
const entry = (name, types) => ({ types: `./types/elements/${types}.d.ts`, default: `./${name}.js` });
const names = elements.modules.map(({ path }) => path.replace(/\.js$/, ""));
const template = JSON.parse(readFileSync(join(root, "npm", "package.json"), "utf8"));
const described = {
  ...template,
  version: own.version,
  dependencies: { lit: `^${own.dependencies.lit}` },
  exports: {
    ".": entry("index", "index"),
    ...Object.fromEntries(names.map((name) => [`./${name}`, entry(name, `${name}/${name}`)])),
    "./browser/*": "./browser/*",
    "./custom-elements.json": "./custom-elements.json",
    "./package.json": "./package.json",
  },
};
writeFileSync(join(out, "package.json"), `${JSON.stringify(described, null, 2)}\n`);
copyFileSync(join(root, "npm", "README.md"), join(out, "README.md"));
copyFileSync(join(root, "..", "LICENSE"), join(out, "LICENSE"));
