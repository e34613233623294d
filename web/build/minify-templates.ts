/**
 * Takes the white space out of `html`, `svg` and `css` templates. Minifiers leave the insides of template literals alone,
 * so indentation and line ends would be shipped: a tenth of the booking elements.
 *
 * In markup a run of white space is one space (no template here shows preformatted text). In styles it goes away
 * wherever the grammar allows it; comments go too.
 */
import type { Plugin } from "vite";

interface Node {
  type: string;
  start: number;
  end: number;
  [key: string]: unknown;
}

/** The Vite plugin; it runs on plain JavaScript, after types have gone. */
export function minifyTemplates(): Plugin {
  return {
    name: "minify-templates",
    enforce: "post",
    apply: "build",
    transform(code, id) {
      if (!/\/(src|examples)\/.*\.ts$/.test(id) || !/\b(html|svg|css)`/.test(code)) return null;
      const edits: { start: number; end: number; text: string }[] = [];
      walk(this.parse(code) as unknown as Node, (tag, part, first, last) => {
        const text = code.slice(part.start, part.end);
        const small = tag === "css" ? minifyCss(text, first, last) : minifyMarkup(text, first, last);
        if (small !== text) edits.push({ start: part.start, end: part.end, text: small });
      });
      edits.sort((a, b) => b.start - a.start);
      let out = code;
      for (const edit of edits) out = out.slice(0, edit.start) + edit.text + out.slice(edit.end);
      return { code: out, map: null };
    },
  };
}

/** Calls `found` for each text part of each tagged template. */
function walk(node: Node, found: (tag: string, part: Node, first: boolean, last: boolean) => void): void {
  if (node.type === "TaggedTemplateExpression") {
    const tag = (node["tag"] as Node)["name"];
    const parts = (node["quasi"] as Node)["quasis"] as Node[];
    if (tag === "html" || tag === "svg" || tag === "css") {
      parts.forEach((part, index) => found(tag, part, index === 0, index === parts.length - 1));
    }
  }
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (child && typeof (child as Node).type === "string") walk(child as Node, found);
    }
  }
}

/** Exported for its tests. */
export function minifyMarkup(text: string, first: boolean, last: boolean): string {
  let small = text.replace(/\s+/g, " ");
  // A line's end is layout of the source; a space alone beside the back quote is meant: html` · ${more}`.
  if (first && /^\s*\n/.test(text)) small = small.trimStart();
  if (last && /\n\s*$/.test(text)) small = small.trimEnd();
  // Around a tag that carries attributes on lines of their own.
  return small.replace(/ (\/?>)/g, "$1");
}

/** Exported for its tests. Selectors and values keep the single spaces that mean something. */
export function minifyCss(text: string, first: boolean, last: boolean): string {
  const small = text
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/\s+/g, " ")
    .replace(/ ?([{};,]) ?/g, "$1")
    .replace(/: /g, ":")
    .replace(/;}/g, "}");
  // A space beside an inserted value may part two of them.
  const begun = first ? small.trimStart() : small;
  return last ? begun.trimEnd() : begun;
}
