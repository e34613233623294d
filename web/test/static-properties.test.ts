/** Decorators become one `static properties` per class; everything else of a module stays as it is. */
import { expect, test } from "vitest";
import { parseAst } from "vite";
import { withStaticProperties } from "../build/static-properties.ts";

const written = (code: string): string => withStaticProperties(code, parseAst(code) as never).replace(/\n+/g, "\n");

test("the fields of a class are gathered in their order", () => {
  const code = [
    "class A {}",
    '_decorate([property()], A.prototype, "one", void 0);',
    '_decorate([property({ attribute: "the-two" })], A.prototype, "two", void 0);',
    '_decorate([state()], A.prototype, "three", void 0);',
    "const after = 1;",
  ].join("\n");
  expect(written(code)).toBe(
    [
      "class A {}",
      'A.properties = { one: {}, two: { attribute: "the-two" }, three: { state: true, attribute: false } };',
      "const after = 1;",
    ].join("\n"),
  );
});

test("each class keeps its own", () => {
  const code = '_decorate([property()], A.prototype, "x", null);\n_decorate([state()], B.prototype, "y", void 0);';
  expect(written(code)).toBe(
    "A.properties = { x: {} };\nB.properties = { y: { state: true, attribute: false } };",
  );
});

test("a query is a getter, and no field", () => {
  const code = '_decorate([query("cv-dialog")], A.prototype, "dialog", void 0);\n_decorate([state()], A.prototype, "y", void 0);';
  expect(written(code)).toBe(
    [
      'Object.defineProperty(A.prototype, "dialog", { get() { return this.renderRoot?.querySelector("cv-dialog"); } });',
      "A.properties = { y: { state: true, attribute: false } };",
    ].join("\n"),
  );
});

test("other decorators and modules without any are left alone", () => {
  const code = '_decorate([eventOptions({})], A.prototype, "x", void 0);\nother([property()], A.prototype, "y");';
  expect(written(code)).toBe(code);
});
