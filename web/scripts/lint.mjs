/**
 * House rules that the compiler does not check: a docstring at the top of each module, modules under 400 lines, logical
 * CSS properties only, colours from the tokens, no `any`, no `innerHTML`, no console.
 */
import { readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";

const root = new URL("..", import.meta.url).pathname;
const MAX_LINES = 400;

const everywhere = [
  [/\bconsole\.(log|debug|info)\b/, "leave no console output"],
  [/\binnerHTML\b|\bunsafeHTML\b|\bdocument\.write\b|\beval\(/, "text must not become markup or code"],
  [/(:\s*|<|as )any\b/, "`any` turns the checks off; use `unknown`"],
  [/@ts-ignore|@ts-nocheck/, "fix the type instead"],
  [/\bTODO\b|\bFIXME\b/, "finish it or file it"],
];
const inStyles = [
  [/^\s*(margin|padding|border)-(left|right|top|bottom)\b|^\s*(left|right|top|bottom|width|height|min-width|max-width|min-height|max-height)\s*:/m, "use logical properties (inline/block)"],
  [/text-align:\s*(left|right)|float:\s*(left|right)/, "use start and end"],
];

function* files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else if (/\.(ts|css)$/.test(entry.name)) yield path;
  }
}

const problems = [];
for (const path of [...files(join(root, "src")), ...files(join(root, "test"))]) {
  const text = readFileSync(path, "utf8");
  const name = relative(root, path);
  const say = (line, message) => problems.push(`${name}:${line}: ${message}`);
  if (!text.startsWith("/*") && !name.endsWith(".test.ts")) say(1, "say at the top what this file owns");
  const lines = text.split("\n");
  if (lines.length > MAX_LINES) say(lines.length, `split it: over ${MAX_LINES} lines`);
  const rules = /\.css$|\.styles\.ts$|styles\/shared\.ts$/.test(path) ? [...everywhere, ...inStyles] : everywhere;
  lines.forEach((line, index) => {
    for (const [pattern, message] of rules) if (pattern.test(line)) say(index + 1, message);
  });
}
if (problems.length > 0) {
  process.stderr.write(`${problems.join("\n")}\n`);
  process.exit(1);
}
