/**
 * The Custom Elements Manifest (schema 1.0.0), read out of the sources: attributes and properties from `@property`, with
 * the sentences above them; events from what is emitted; parts from the templates; custom properties from the tokens.
 *
 *     node scripts/manifest.mjs FILE     writes it
 *     node scripts/manifest.mjs --check  fails when docs/reference/elements.md leaves something out
 */
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseSync } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));
const PUBLIC = [
  "availability-editor",
  "booking-card",
  "booking-modal",
  "cancel-dialog",
  "dual-time",
  "schedule-button",
  "slot-picker",
  "upcoming",
];
/** Whose events arrive at an element because that other one stands inside it. */
const INSIDE = { "schedule-button": ["booking-modal"] };

const read = (path) => readFileSync(`${root}${path}`, "utf8");
const sentence = (comment) => comment.replace(/^\*\s?/, "").replace(/\s*\n\s*\*\s?/g, " ").replace(/\s+/g, " ").trim();

/** The public properties of a class: what carries `@property`. */
function propertiesOf(path) {
  const code = read(path);
  const { program, comments } = parseSync(path, code);
  const found = [];
  for (const statement of program.body) {
    const declared = statement.declaration ?? statement;
    if (declared.type !== "ClassDeclaration") continue;
    for (const member of declared.body.body) {
      const decorator = (member.decorators ?? []).find((one) => one.expression.callee?.name === "property");
      if (!decorator) continue;
      const options = Object.fromEntries(
        (decorator.expression.arguments[0]?.properties ?? []).map((option) => [option.key.name, code.slice(option.value.start, option.value.end)]),
      );
      const above = comments.filter((one) => one.end <= decorator.start && /^\s*$/.test(code.slice(one.end, decorator.start))).at(-1);
      const initial = member.value ? code.slice(member.value.start, member.value.end) : undefined;
      const annotation = member.typeAnnotation ? code.slice(member.typeAnnotation.start, member.typeAnnotation.end).replace(/^:\s*/, "") : undefined;
      const type = annotation ?? (initial === "true" || initial === "false" ? "boolean" : /^\d/.test(initial ?? "") ? "number" : "string");
      found.push({
        name: member.key.name,
        attribute: options.attribute === "false" ? null : (options.attribute ?? `"${member.key.name.toLowerCase()}"`).replace(/"/g, ""),
        type,
        initial,
        description: above?.value.startsWith("*") ? sentence(above.value) : "",
      });
    }
  }
  return found;
}

function eventsOf(name) {
  const texts = readdirSync(`${root}src/elements/${name}`).map((file) => read(`src/elements/${name}/${file}`));
  const lines = texts.flatMap((text) => text.split("\n")).filter((line) => line.includes("emit("));
  const own = lines.flatMap((line) => [...line.matchAll(/"(convene-[a-z-]+)"/g)].map(([, event]) => event));
  return [...new Set([...own, ...(INSIDE[name] ?? []).flatMap(eventsOf)])].sort();
}

function partsOf(name) {
  const texts = readdirSync(`${root}src/elements/${name}`).map((file) => read(`src/elements/${name}/${file}`)).join("\n");
  const own = [...texts.matchAll(/\bpart="([a-z ]+)"/g)].flatMap(([, parts]) => parts.split(" "));
  const passed = [...texts.matchAll(/exportparts="([a-z, ]+)"/g)].flatMap(([, parts]) => parts.split(/,\s*/));
  return [...new Set([...own, ...passed])].sort();
}

const customProperties = [...new Set([...read("src/styles/tokens.css").matchAll(/var\((--convene-[a-z-]+)/g)].map(([, name]) => name))].sort();
const shared = propertiesOf("src/internal/element.ts");
const eventTypes = Object.fromEntries([...read("src/elements/events.ts").matchAll(/"(convene-[a-z-]+)": (.+);/g)].map(([, name, type]) => [name, type]));

function declarationOf(name) {
  const code = read(`src/elements/${name}/${name}.element.ts`);
  const className = /export class (\w+Element)/.exec(code)[1];
  const properties = [
    ...propertiesOf(`src/elements/${name}/${name}.element.ts`),
    ...shared.map((one) => ({ ...one, inheritedFrom: { name: "ConveneElement" } })),
  ];
  const described = ({ description, inheritedFrom }) => ({ ...(description ? { description } : {}), ...(inheritedFrom ? { inheritedFrom } : {}) });
  return {
    kind: "class",
    customElement: true,
    name: className,
    tagName: `convene-${name}`,
    description: sentence(/^\/\*\*([\s\S]*?)\*\//.exec(code)[1]),
    attributes: properties
      .filter((one) => one.attribute)
      .map((one) => ({ name: one.attribute, fieldName: one.name, type: { text: one.type }, ...(one.initial ? { default: one.initial } : {}), ...described(one) })),
    members: properties.map((one) => ({
      kind: "field",
      name: one.name,
      type: { text: one.type },
      ...(one.attribute ? { attribute: one.attribute } : {}),
      ...described(one),
    })),
    events: eventsOf(name).map((event) => ({ name: event, type: { text: `CustomEvent<${eventTypes[event]}>` } })),
    cssParts: partsOf(name).map((part) => ({ name: part })),
    cssProperties: customProperties.map((property) => ({ name: property })),
  };
}

export function manifest() {
  return {
    schemaVersion: "1.0.0",
    modules: PUBLIC.map((name) => {
      const declaration = declarationOf(name);
      const path = `${name}.js`;
      return {
        kind: "javascript-module",
        path,
        declarations: [declaration],
        exports: [
          { kind: "js", name: declaration.name, declaration: { name: declaration.name, module: path } },
          { kind: "custom-element-definition", name: declaration.tagName, declaration: { name: declaration.name, module: path } },
        ],
      };
    }),
  };
}

/** What the reference page fails to name. Attributes that every element has are named once. */
function gaps() {
  const page = read("../docs/reference/elements.md");
  const missing = [];
  for (const { declarations } of manifest().modules) {
    const { tagName, attributes, events, cssParts, members } = declarations[0];
    const section = new RegExp(`^## \`<${tagName}>\`\\n([\\s\\S]*?)(?=^## |$(?![\\s\\S]))`, "m").exec(page)?.[1] ?? "";
    const common = /^## Every element\n([\s\S]*?)(?=^## )/m.exec(page)?.[1] ?? "";
    const says = (text, word) => text.includes(`\`${word}\``);
    for (const { name, inheritedFrom } of attributes) if (!says(inheritedFrom ? common : section, name)) missing.push(`${tagName}: attribute ${name}`);
    for (const { name, attribute } of members) if (!attribute && !says(section, name)) missing.push(`${tagName}: property ${name}`);
    for (const { name } of events) {
      if (!says(section, name)) missing.push(`${tagName}: event ${name}`);
      if (!eventTypes[name]) missing.push(`${tagName}: src/elements/events.ts lacks ${name}`);
    }
    for (const { name } of cssParts) if (!says(page, name)) missing.push(`${tagName}: part ${name}`);
  }
  for (const name of customProperties) if (!page.includes(`\`${name}\``)) missing.push(`custom property ${name}`);
  return missing;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv[2] === "--check") {
    const missing = gaps();
    if (missing.length > 0) {
      process.stderr.write(`docs/reference/elements.md leaves out:\n${missing.join("\n")}\n`);
      process.exit(1);
    }
  } else writeFileSync(process.argv[2], `${JSON.stringify(manifest(), null, 2)}\n`);
}
