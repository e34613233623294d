/**
 * Writes Lit's decorators as what they stand for: `@property()` and `@state()` of a class become one `static properties`,
 * `@query()` becomes a getter.
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
  /** What the field's entry in `static properties` says; null for a query. */
  options: string | null;
  /** What was given to the decorator. */
  given: string;
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
  for (const { statement, owner, name, options, given } of [...found].reverse()) {
    const own = found.filter((other) => other.owner === owner && other.options !== null);
    const fields = own.map((field) => `${field.name}: ${field.options}`).join(", ");
    let text = own[0]?.name === name ? `${owner}.properties = { ${fields} };` : "";
    if (options === null) {
      text = `Object.defineProperty(${owner}.prototype, "${name}", { get() { return this.renderRoot?.querySelector(${given}); } });`;
    }
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
  if (!kind || !prototype || !key || !["property", "state", "query"].includes(String(decorator))) return null;
  const [first] = kind["arguments"] as Node[];
  const given = first ? code.slice(first.start, first.end) : "{}";
  const options = decorator === "query" ? null : given;
  return {
    statement,
    owner: (prototype["object"] as Node)["name"] as string,
    name: key["value"] as string,
    options: decorator === "state" ? "{ state: true, attribute: false }" : options,
    given,
  };
}
