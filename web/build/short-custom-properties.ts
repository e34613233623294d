/**
 * Gives the elements' own custom properties (`--cv-…`) short names in the built elements. Nobody outside may use them:
 * what pages set is called `--convene-…` and stays. Numbers follow the alphabet, so that a build repeats itself.
 */
import type { Plugin } from "vite";

const NAME = /--cv-[a-z0-9]+(?:-[a-z0-9]+)*/g;

/** The Vite plugin; `sources` are the texts of all modules and sheets in which the names may stand. */
export function shortCustomProperties(sources: () => Iterable<string>): Plugin {
  let names = new Map<string, string>();
  return {
    name: "short-custom-properties",
    apply: "build",
    buildStart() {
      names = shortNames(sources());
    },
    renderChunk(code) {
      return { code: shorten(code, names), map: null };
    },
  };
}

/** Exported for its tests: a short name for every `--cv-…` in `texts`. */
export function shortNames(texts: Iterable<string>): Map<string, string> {
  const all = new Set([...texts].flatMap((text) => text.match(NAME) ?? []));
  return new Map([...all].sort().map((name, index) => [name, `--cv${index.toString(36)}`]));
}

/** Exported for its tests. A name that is put together while running has no short one and stays as it is. */
export function shorten(code: string, names: ReadonlyMap<string, string>): string {
  return code.replace(NAME, (name) => names.get(name) ?? name);
}
