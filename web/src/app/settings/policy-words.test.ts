import { describe, expect, it } from "vitest";
import type { Connection, Policy } from "../platform.ts";
import { canWrite, changesOf, DEFAULTS, policyWords, rulesOf, sharedWords } from "./policy-words.ts";

function connection(over: Partial<Connection> = {}): Connection {
  const calendar = { is_writable: true, is_checked: true, is_target: true } as Connection["calendars"][number];
  return { kind: "google", access: "two_way", label: "Work", policy: DEFAULTS, calendars: [calendar], ...over } as Connection;
}

const names = (over: Partial<Connection>, chosen: Partial<Policy> = {}): string[] =>
  rulesOf(connection(over), { ...DEFAULTS, ...chosen }).map(({ name }) => name);

describe("the rules that are asked for", () => {
  it("are all where an account is read and written", () => {
    expect(names({})).toEqual(["direction", "shares", "on_move", "on_delete", "conflict_rule"]);
  });

  it("are few where nothing comes back, or nothing is read", () => {
    expect(names({}, { direction: "in" })).toEqual(["direction", "shares"]);
    expect(names({}, { direction: "out" })).toEqual(["direction"]);
  });

  it.each([{ kind: "ics", access: "" }, { access: "busy" }, { access: "read" }, { calendars: [] }] as Partial<Connection>[])(
    "are those of reading where nothing can be written: %o",
    (over) => {
      expect(canWrite(connection(over))).toBe(false);
      expect(names(over)).toEqual(["shares"]);
    },
  );

  it("have each their usual choice, and each choice its meaning", () => {
    for (const rule of rulesOf(connection(), DEFAULTS)) {
      expect(rule.choices.map(({ value }) => value)).toContain(DEFAULTS[rule.name]);
      for (const { label, hint } of rule.choices) expect([label, hint].every((text) => text.length > 3)).toBe(true);
    }
  });
});

it("only what was changed is sent", () => {
  expect(changesOf(DEFAULTS, DEFAULTS)).toBeNull();
  expect(changesOf(DEFAULTS, { ...DEFAULTS, on_move: "propose", shares: "nothing" })).toEqual({ on_move: "propose", shares: "nothing" });
});

it("what is usual needs no words, the rest is told in short", () => {
  expect(policyWords(connection())).toBe("");
  expect(policyWords(connection({ policy: { ...DEFAULTS, on_delete: "ask" } }))).toBe("Deletions there are asked about.");
  expect(sharedWords({ ...DEFAULTS, direction: "out" })).toContain("Nothing of it makes you busy");
});
