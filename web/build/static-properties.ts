/**
 * Writes Lit's decorators as what they stand for: `@property()` and `@state()` of a class become one `static properties`.
 *
 * After TypeScript each decorator is a call that names the class, the field and itself again, and brings a helper and the
 * decorators' own modules along. Lit reads the static form in the same way, at the same moment (`define`). Only what ends
 * up in the built elements changes; the sources, the tests and the npm package keep decorators.
 */
import type { Plugin } from "vite";

interface Node {
  type: string;
  start: number;
  end: number;
  [key: string]: unknown;
}

/** One `_decorate([property({ … })], Element.prototype, "name", void 0);`. */
interface Decorated {
  statement: Node;
  owner: string;
  name: string;
  options: string;
}

/** The Vite plugin; it runs on plain JavaScript, after types have gone. */
export function staticProperties(): Plugin {
  return {
    name: "static-properties",
    enforce: "post",
    apply: "build",
    transform(code, id) {
      if (!/\/src\/.*\.ts$/.test(id) || !code.includes("_decorate(")) return null;
      return { code: withStaticProperties(code, this.parse(code) as unknown as Node), map: null };
    },
  };
}

/** Exported for its tests: the module with the calls of each class gathered where the first one stood. */
export function withStaticProperties(code: string, program: Node): string {
  const found = (program["body"] as Node[]).flatMap((node) => decorated(code, node) ?? []);
  const owners = [...new Set(found.map(({ owner }) => owner))];
  let out = code;
  for (const { statement, owner, name } of [...found].reverse()) {
    const own = found.filter((other) => other.owner === owner);
    const fields = own.map((field) => `${field.name}: ${field.options}`).join(", ");
    const text = own[0]?.name === name ? `${owner}.properties = { ${fields} };` : "";
    out = out.slice(0, statement.start) + text + out.slice(statement.end);
  }
  return owners.length > 0 ? out : code;
}

function decorated(code: string, statement: Node): Decorated | null {
  const call = statement.type === "ExpressionStatement" ? (statement["expression"] as Node) : null;
  if (call?.type !== "CallExpression" || (call["callee"] as Node)["name"] !== "_decorate") return null;
  const [list, prototype, key] = call["arguments"] as Node[];
  const decorators = list?.["elements"] as Node[];
  const kind = decorators.length === 1 ? decorators[0] : null;
  const decorator = (kind?.["callee"] as Node | undefined)?.["name"];
  if (!kind || !prototype || !key || (decorator !== "property" && decorator !== "state")) return null;
  const [given] = kind["arguments"] as Node[];
  const options = given ? code.slice(given.start, given.end) : "{}";
  return {
    statement,
    owner: (prototype["object"] as Node)["name"] as string,
    name: key["value"] as string,
    options: decorator === "state" ? "{ state: true, attribute: false }" : options,
  };
}
