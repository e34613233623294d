/** The elements' own custom properties get short names; those for pages keep theirs. */
import { expect, test } from "vitest";
import { shorten, shortNames } from "../build/short-custom-properties.ts";

test("a name is short, the same everywhere and in every build", () => {
  const names = shortNames([":host{--cv-ink:#000;--cv-line:red}", "a{color:var(--cv-ink)}"]);
  expect([...names]).toEqual([["--cv-ink", "--cv0"], ["--cv-line", "--cv1"]]);
  expect(shortNames(["a{color:var(--cv-ink)}", ":host{--cv-line:red}"])).toEqual(names);
});

test("names within names, public names and unknown ones are told apart", () => {
  const names = shortNames(["--cv-text", "--cv-text-sm"]);
  expect(shorten("var(--cv-text-sm) var(--cv-text) var(--convene-text) var(--cv-other)", names)).toBe(
    "var(--cv1) var(--cv0) var(--convene-text) var(--cv-other)",
  );
});
