/** Fails the build when `elements.js` outgrows its budget: other people's pages pay for every byte. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET_KB = 60;
const file = new URL("../../src/convene/web_dist/elements.js", import.meta.url);
const raw = readFileSync(file);
const kb = gzipSync(raw, { level: 9 }).length / 1024;
process.stdout.write(`elements.js ${(raw.length / 1024).toFixed(1)} KB, ${kb.toFixed(1)} KB gzipped (budget ${BUDGET_KB})\n`);
if (kb > BUDGET_KB) {
  process.stderr.write("elements.js is over its budget\n");
  process.exit(1);
}
