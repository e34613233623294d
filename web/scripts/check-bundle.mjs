/**
 * Fails the build when the booking elements outgrow their budgets: other people's pages pay for every byte.
 *
 * Gzipped kilobytes, each file by itself as it travels:
 * - first: `elements.js` and what it imports at once, before anybody has pressed anything;
 * - all: everything that a page with all elements can come to load in English, to the last dialog;
 * - each part of a language.
 */
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const BUDGET_KB = { first: 12, all: 60, language: 2 };
const LANGUAGE = /^[a-z]{2}\.[a-z]+-/;

const dist = fileURLToPath(new URL("../../src/convene/web_dist", import.meta.url));
const folder = join(dist, "static", "elements");
const parts = readdirSync(folder);
const kb = (path) => gzipSync(readFileSync(path), { level: 9 }).length / 1024;
const total = (paths) => paths.reduce((sum, path) => sum + kb(path), 0);

/** A file and what it imports at once, and so on. */
function closure(path, seen = new Set()) {
  if (seen.has(path)) return seen;
  seen.add(path);
  for (const [, name] of readFileSync(path, "utf8").matchAll(/(?:from|import)\s*["'`](\.[^"'`]+)["'`]/g)) {
    closure(join(dirname(path), name), seen);
  }
  return seen;
}

const entry = join(dist, "elements.js");
const words = parts.filter((name) => LANGUAGE.test(name));
const code = parts.filter((name) => !LANGUAGE.test(name));
const path = (name) => join(folder, name);

const sizes = [
  ["first", "the button", total([...closure(entry)])],
  ["all", "everything in English", total([entry, join(dist, "elements-api.js"), ...code.map(path)])],
  ...words.map((name) => ["language", name, kb(path(name))]),
];

let failed = false;
for (const [budget, what, size] of sizes) {
  const isOver = size > BUDGET_KB[budget];
  failed ||= isOver;
  const line = `${what}: ${size.toFixed(1)} KB gzipped (budget ${BUDGET_KB[budget]})${isOver ? ": OVER" : ""}\n`;
  if (isOver || budget !== "language") (isOver ? process.stderr : process.stdout).write(line);
}
for (const name of ["elements.js", "elements-api.js", ...code.map((part) => join("static", "elements", part))]) {
  if (/from\s*["'`]\//.test(readFileSync(join(dist, name), "utf8"))) {
    process.stderr.write(`${relative(dist, join(dist, name))} imports by an absolute path: it fails behind a prefix.\n`);
    failed = true;
  }
}
if (failed) process.exit(1);
