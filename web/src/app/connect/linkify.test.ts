/** Which parts of a text become links. */
import { describe, expect, it } from "vitest";
import { linkify } from "./linkify.ts";

const links = (text: string): (string | null)[] => linkify(text).map((piece) => piece.href).filter(Boolean);

describe("linkify", () => {
  it("keeps every character of the text", () => {
    for (const text of ["", "plain", "see https://a.example/x, then (http://b.example/y_(z)).", "ana@globex.example!"]) {
      expect(linkify(text).map((piece) => piece.text).join("")).toBe(text);
    }
  });

  it("finds addresses and leaves the sentence's punctuation", () => {
    expect(links("see https://a.example/x?q=1#f, then (http://b.example/y_(z)).")).toEqual([
      "https://a.example/x?q=1#f",
      "http://b.example/y_(z)",
    ]);
    expect(links("write to ana.ruiz@globex.example.")).toEqual(["mailto:ana.ruiz@globex.example"]);
  });

  it("makes no link of anything that could run", () => {
    for (const text of ["javascript:alert(1)", "data:text/html,x", "JAVASCRIPT://%0aalert(1)", "vbscript:x", "http://", "<b>x</b>"]) {
      expect(links(text)).toEqual([]);
    }
  });
});
