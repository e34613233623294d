import { describe, expect, test } from "vitest";
import { dstNotice, findTransitions, searchZones, zoneOptions } from "../src/internal/zones.ts";

const base = { mine: "Europe/London", theirs: "America/New_York", name: "Ana", locale: "en-GB" };

describe("changes of clocks", () => {
  test("are found to the minute", () => {
    expect(findTransitions("America/New_York", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z")).toEqual([
      { at: "2026-03-08T07:00:00.000Z", offset_minutes: -240 },
      { at: "2026-11-01T06:00:00.000Z", offset_minutes: -300 },
    ]);
    expect(findTransitions("Asia/Tokyo", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z")).toEqual([]);
    expect(findTransitions("Australia/Lord_Howe", "2026-04-01T00:00:00Z", "2026-04-10T00:00:00Z")).toEqual([
      { at: "2026-04-04T15:00:00.000Z", offset_minutes: 630 },
    ]);
  });

  test("are put into words when the distance changes", () => {
    expect(dstNotice({ ...base, from: "2027-03-01T00:00:00Z", to: "2027-03-20T00:00:00Z" })).toBe(
      "Clocks change in New York on 14 March. From then Ana is 4 h behind you, not 5 h.",
    );
  });

  test("both changes are told when both are in the range", () => {
    const text = dstNotice({ ...base, from: "2026-10-20T00:00:00Z", to: "2026-11-05T00:00:00Z" });
    expect(text).toBe(
      "Clocks change in London on 25 October. From then Ana is 4 h behind you, not 5 h. " +
        "Clocks change in New York on 1 November. From then Ana is 5 h behind you, not 4 h.",
    );
  });

  test("zones that change together need one sentence", () => {
    const options = { ...base, theirs: "Europe/Berlin", from: "2026-10-20T00:00:00Z", to: "2026-11-05T00:00:00Z" };
    expect(dstNotice(options)).toBe("Clocks change in London and Berlin on 25 October.");
  });

  test("nothing is said when nothing changes, or before it", () => {
    expect(dstNotice({ ...base, from: "2026-11-20T00:00:00Z", to: "2026-12-04T00:00:00Z" })).toBe("");
  });

  test("the server's transitions are believed", () => {
    const zones = [
      { tzid: "Europe/London", offset_minutes: 0, transitions: [] },
      { tzid: "America/New_York", offset_minutes: -300, transitions: [{ at: "2027-03-14T07:00:00Z", offset_minutes: -240 }] },
    ];
    const text = dstNotice({ ...base, zones, from: "2027-03-10T00:00:00Z", to: "2027-03-20T00:00:00Z" });
    expect(text).toContain("14 March");
  });

  test("a half-hour change and a common clock are worded", () => {
    const lisbon = { ...base, theirs: "Africa/Abidjan", name: "Awa", from: "2026-03-20T00:00:00Z", to: "2026-04-05T00:00:00Z" };
    expect(dstNotice(lisbon)).toBe("Clocks change in London on 29 March. From then Awa is 1 h behind you, not at the same time as you.");
    const lord = { mine: "Australia/Brisbane", theirs: "Australia/Lord_Howe", name: "Kim", locale: "en-GB" };
    expect(dstNotice({ ...lord, from: "2026-04-01T00:00:00Z", to: "2026-04-10T00:00:00Z" })).toContain("30 min ahead of you, not 1 h");
  });
});

describe("the searchable list", () => {
  const options = zoneOptions("en-GB", "2026-11-20T12:00:00Z");

  test("finds cities, countries and offsets, the city's own name first", () => {
    const first = (query: string): string | undefined => searchZones(options, query)[0]?.tzid;
    expect(first("new york")).toBe("America/New_York");
    expect(first("sao pau")).toBe("America/Sao_Paulo");
    expect(searchZones(options, "gmt-5").every((option) => option.offset.startsWith("GMT−5"))).toBe(true);
    expect(searchZones(options, "utc+5:45").map((option) => option.city)).toContain("Kathmandu");
    expect(searchZones(options, "portugal").map((option) => option.city)).toContain("Lisbon");
    expect(searchZones(options, "nowhere at all")).toEqual([]);
  });

  test("is complete and goes from west to east", () => {
    expect(options.length).toBeGreaterThan(300);
    const offsets = options.map((option) => option.offsetMinutes);
    expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
  });
});
