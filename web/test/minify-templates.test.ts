/** White space goes out of templates; what it means stays. */
import { expect, test } from "vitest";
import { minifyCss, minifyMarkup } from "../build/minify-templates.ts";

test("markup keeps one space wherever there was some", () => {
  expect(minifyMarkup("\n  <button\n    class=\"a b\"\n    type=\"button\"\n  >\n    Book  now\n  </button>\n", true, true)).toBe(
    '<button class="a b" type="button"> Book now </button>',
  );
});

test("markup between two values keeps the space to both", () => {
  expect(minifyMarkup("</b>\n  <i>", false, false)).toBe("</b> <i>");
  expect(minifyMarkup(" and ", false, false)).toBe(" and ");
});

test("a space that begins or ends a template is kept, a line's end is not", () => {
  expect(minifyMarkup(" · ", true, true)).toBe(" · ");
  expect(minifyMarkup(" <small>", true, false)).toBe(" <small>");
  expect(minifyMarkup("\n  <p>\n", true, true)).toBe("<p>");
});

test("styles keep the spaces of selectors and values", () => {
  const source = `
    /* a note */
    .row > .cell :is(a, b) + c,
    .x:hover .y {
      margin: 0 calc(1px + 2px) -1px;
      grid-area: 1 / 2;
    }
    @media (min-width: 40rem) and (pointer: fine) {
      .z { color: red; }
    }
  `;
  expect(minifyCss(source, true, true)).toBe(
    ".row > .cell :is(a,b) + c,.x:hover .y{margin:0 calc(1px + 2px) -1px;grid-area:1 / 2}" +
      "@media (min-width:40rem) and (pointer:fine){.z{color:red}}",
  );
});

test("styles keep the space between two inserted values", () => {
  expect(minifyCss("\n  .a {\n    margin: ", true, false)).toBe(".a{margin:");
  expect(minifyCss(" ", false, false)).toBe(" ");
});
