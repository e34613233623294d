import { expect, test } from "vitest";
import { byDay } from "./offered-days.ts";

const slot = (start: string) => ({ start, end: start });

test("a time belongs to the day on which it begins where the hours are read", () => {
  const late = slot("2026-11-24T23:30:00Z");
  const early = slot("2026-11-25T08:00:00Z");
  expect(byDay([late, early], "Europe/London")).toEqual([
    ["2026-11-24", [late]],
    ["2026-11-25", [early]],
  ]);
  expect(byDay([late, early], "Europe/Berlin")).toEqual([["2026-11-25", [late, early]]]);
  expect(byDay([], "UTC")).toEqual([]);
});
