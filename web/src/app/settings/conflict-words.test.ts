import { describe, expect, it } from "vitest";
import type { Conflict, ConflictSide } from "../platform.ts";
import { decisions, happened, hint, linesOf, type Look, outcome, placeOf, whenOf } from "./conflict-words.ts";

const LOOK: Look = { tzid: "America/New_York", locale: "en-GB", me: "acc_ana" };
const OURS: ConflictSide = {
  start: "2026-11-24T14:30:00Z",
  end: "2026-11-24T15:00:00Z",
  title: "Launch",
  location: "",
  description: "",
};

function conflict(over: Partial<Conflict> = {}): Conflict {
  return {
    conflict_id: "cfl_1",
    booking_id: "bkg_1",
    title: "Launch",
    connection_id: "pro_1",
    connection_label: "ana@globex",
    calendar_name: "Work",
    kind: "moved",
    fields: ["start", "end"],
    ours: OURS,
    theirs: { ...OURS, start: "2026-11-24T16:00:00Z", end: "2026-11-24T16:30:00Z" },
    seen_at: "2026-11-20T09:00:00Z",
    state: "open",
    resolution: null,
    resolved_at: null,
    resolved_by: null,
    account: { sub: "acc_ana", name: "Ana Ruiz" },
    is_proposal: false,
    choices: ["ours", "theirs"],
    ...over,
  };
}

describe("both versions", () => {
  it("are told on the reader's clock, and say where they differ", () => {
    const lines = linesOf(conflict(), LOOK);
    expect(lines.map(({ label, differs }) => [label, differs])).toEqual([
      ["When", true],
      ["Title", false],
    ]);
    expect(lines[0]?.ours).toContain("09:30");
    expect(lines[0]?.theirs).toContain("11:00");
  });

  it("show a field that only one side has", () => {
    const theirs = { ...OURS, location: "Room 4" };
    const lines = linesOf(conflict({ kind: "edited", fields: ["location"], theirs }), LOOK);
    expect(lines.find(({ label }) => label === "Place")).toEqual({ label: "Place", ours: "", theirs: "Room 4", differs: true });
  });

  it("name both days of a meeting over midnight", () => {
    const when = whenOf({ ...OURS, end: "2026-11-25T05:30:00Z" }, LOOK);
    expect(when).toMatch(/24 Nov.*25 Nov/u);
  });

  it("have no line for what was deleted", () => {
    const lines = linesOf(conflict({ kind: "deleted", fields: [], theirs: null }), LOOK);
    expect(lines.every(({ theirs, differs }) => theirs === null && !differs)).toBe(true);
  });
});

describe("where it happened", () => {
  it("is named for the owner alone", () => {
    expect(placeOf(conflict(), LOOK)).toBe("your calendar “Work” (ana@globex)");
    const others = conflict({ calendar_name: "", connection_label: "" });
    expect(placeOf(others, { ...LOOK, me: "acc_bo" })).toBe("Ana’s calendar");
  });
});

describe("what may be decided", () => {
  it.each([
    ["moved", conflict(), "Keep ours", "Take theirs"],
    ["deleted", conflict({ kind: "deleted", theirs: null, fields: [] }), "Keep the meeting", "Cancel it for everyone"],
    ["one's own proposal", conflict({ is_proposal: true, choices: ["ours"] }), "Withdraw it", "Agree"],
    ["somebody's proposal", conflict({ is_proposal: true, account: { sub: "acc_bo", name: "Bo Lind" } }), "Keep the time", "Agree"],
  ] as const)("%s", (_, one, ours, theirs) => {
    const found = decisions(one, LOOK);
    expect([found.ours.label, found.theirs.label]).toEqual([ours, theirs]);
    for (const { means, done } of Object.values(found)) expect([means, done].every((text) => text.endsWith("."))).toBe(true);
  });

  it("does not promise to move a meeting whose title alone differs", () => {
    const found = decisions(conflict({ kind: "edited", fields: ["title"] }), LOOK);
    expect(found.theirs.means).not.toContain("moved");
  });

  it("is told afterwards as it was decided", () => {
    expect(outcome(conflict({ state: "resolved", resolution: "ours" }), LOOK)).toContain("It stays as it is booked");
    expect(outcome(conflict({ state: "resolved", resolution: "theirs" }), LOOK)).toContain("is moved");
  });
});

describe("the hint on a card", () => {
  it("says in whose calendar what happened", () => {
    expect(hint(conflict(), LOOK)).toBe("This meeting was moved in your calendar “Work”.");
    expect(hint(conflict({ kind: "deleted", theirs: null }), LOOK)).toBe("This meeting was deleted in your calendar “Work”.");
  });

  it("tells others which time is proposed, on their clock", () => {
    const proposed = conflict({ is_proposal: true, calendar_name: "", connection_label: "" });
    expect(hint(proposed, { tzid: "Europe/London", locale: "en-GB", me: "acc_bo" })).toMatch(/^Ana proposes .*16:00/u);
  });
});

it("what happened is a sentence for each kind", () => {
  for (const one of [conflict(), conflict({ kind: "deleted", theirs: null }), conflict({ kind: "edited" }), conflict({ is_proposal: true })]) {
    expect(happened(one, LOOK)).toMatch(/\.$/u);
  }
});
