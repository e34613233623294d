/** Who must come, how many others are enough, and what that makes of a time. */
import { expect, test } from "vitest";
import { attendanceText, noTimeText, partyText, slotNote, withMust, withNeeded, withoutPerson } from "./group.ts";

const [ana, bo, cy, dee, eli, fay] = ["Ana Ruiz", "Bo Lind", "Cy Young", "Dee Fox", "Eli Stone", "Fay Wu"].map((name) => ({
  sub: `acc_${name.slice(0, 3).trim().toLowerCase()}`,
  name,
  tzid: "Europe/London",
})) as [P, P, P, P, P, P];
type P = { sub: string; name: string; tzid: string };

const at = (missing: P[], all: number) => ({
  start: "2026-11-24T10:00:00Z",
  end: "2026-11-24T10:30:00Z",
  quorum: { free: all - missing.length, missing: missing.map(({ sub }) => sub) },
});

test("the line says who must come and how many others", () => {
  expect(partyText({ people: [ana, bo], group: null })).toBe("Ana and Bo");
  expect(partyText({ people: [ana, bo], group: { people: [cy, dee, eli], needed: 2 } })).toBe("Ana and Bo, and any 2 of Cy, Dee and Eli");
  expect(partyText({ people: [], group: { people: [ana, bo, cy, dee, eli], needed: 3 } })).toBe("Any 3 of 5 people");
  expect(partyText({ people: [fay], group: { people: [ana, bo, cy, dee, eli], needed: 5 } })).toBe("Fay, and all of 5 others");
  expect(partyText({ people: [fay], group: { people: [ana], needed: 1 } })).toBe("Fay, and Ana");
});

test("where there is no time it says for whom", () => {
  const group = { people: [bo, cy], needed: 1 };
  expect(noTimeText({ people: [], group }, "Fri 4 Dec")).toBe("There is no time until Fri 4 Dec for any 1 of Bo and Cy.");
  expect(noTimeText({ people: [ana], group }, "Fri 4 Dec")).toBe("There is no time until Fri 4 Dec for Ana, and any 1 of Bo and Cy.");
});

test("somebody becomes required, and one of many again", () => {
  const party = { people: [ana], group: { people: [bo, cy], needed: 2 } };
  const required = withMust(party, bo, true);
  expect(required).toEqual({ people: [ana, bo], group: { people: [cy], needed: 1 } });
  expect(withMust({ people: [], group: { people: [ana, bo, cy], needed: 3 } }, bo, true).group?.needed).toBe(2);
  expect(withMust(required, cy, true)).toEqual({ people: [ana, bo, cy], group: null });
  expect(withMust(required, ana, false)).toEqual({ people: [bo], group: { people: [cy, ana], needed: 1 } });
});

test("enough is never more than there are, and never nobody", () => {
  const party = { people: [], group: { people: [ana, bo, cy], needed: 3 } };
  expect(withoutPerson(party, cy)).toEqual({ people: [], group: { people: [ana, bo], needed: 2 } });
  expect(withNeeded(party, 9).group?.needed).toBe(3);
  expect(withNeeded(party, 0).group?.needed).toBe(1);
  expect(withoutPerson({ people: [ana], group: null }, ana)).toBeNull();
});

test("a time tells how many can come, of all who are asked, and who cannot", () => {
  const party = { people: [ana, bo], group: { people: [cy, dee, eli], needed: 2 } };
  expect(slotNote(party, at([eli], 3))).toEqual({ word: "4 of 5", label: "4 of 5 can come, without Eli" });
  expect(slotNote(party, at([], 3))).toEqual({ word: "all 5", label: "everybody can come" });
  expect(attendanceText(party, at([dee, eli], 3))).toBe("3 of 5 can come. Dee and Eli would miss it.");
  expect(attendanceText(party, at([], 3))).toBe("Everybody can come (5).");
});
