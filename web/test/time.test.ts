import { describe, expect, test } from "vitest";
import table from "./fixtures/golden-times.json";
import { localePreferences } from "../src/internal/locale.ts";
import {
  addDays,
  addMonths,
  dayKey,
  daysBetween,
  dualTime,
  formatDay,
  formatDuration,
  formatOffset,
  formatTime,
  formatTimeRange,
  friendlyDay,
  monthGrid,
  offsetMinutes,
  relativeMinutes,
  sameOffsets,
  shortOffset,
  startOfDay,
  toMillis,
  toUtc,
  wallToInstant,
  weekdayOf,
  zoneCity,
  zoneLabel,
} from "../src/internal/time.ts";

interface Golden {
  at: string;
  mine: string;
  theirs: string;
  name: string;
  locale: string;
  text: string;
  day: string;
  their_day: string;
  shift: number;
  offset: string;
  their_offset: string;
}

const golden: Golden[] = table;

describe("the golden table, written by another zone database", () => {
  test("has enough rows, among them shifts both ways and half-hour zones", () => {
    expect(golden.length).toBeGreaterThanOrEqual(200);
    expect(golden.filter((row) => row.shift === 1).length).toBeGreaterThan(10);
    expect(golden.filter((row) => row.shift === -1).length).toBeGreaterThan(10);
    expect(golden.filter((row) => row.offset.includes(":")).length).toBeGreaterThan(10);
  });

  test.each(golden)("$at $mine $theirs $locale", (row) => {
    const shown = dualTime(row.at, { mine: row.mine, theirs: row.theirs, name: row.name, locale: row.locale });
    expect(shown.text).toBe(row.text);
    expect(shown.shift).toBe(row.shift);
    expect(dayKey(row.at, row.mine)).toBe(row.day);
    expect(dayKey(row.at, row.theirs)).toBe(row.their_day);
    expect(shortOffset(row.at, row.mine)).toBe(row.offset);
    expect(shortOffset(row.at, row.theirs)).toBe(row.their_offset);
  });
});

describe("accessible names", () => {
  test("say the day, both times, and the other's day", () => {
    const shown = dualTime("2027-03-08T14:30:00Z", { mine: "Europe/London", theirs: "America/New_York", name: "Ana", locale: "en-GB" });
    expect(shown.label).toBe("Monday 8 March, 14:30 your time, 09:30 Monday for Ana");
  });
  test("say one time when both clocks agree", () => {
    const options = { mine: "Europe/London", theirs: "Europe/Lisbon", name: "Cas", locale: "en-GB" };
    expect(dualTime("2026-11-24T14:30:00Z", options).label).toBe("Tuesday 24 November, 14:30");
    expect(dualTime("2026-11-24T14:30:00Z", { ...options, hideEqual: false }).secondary).toBe("14:30");
  });
  test("name the other day when it differs", () => {
    const shown = dualTime("2026-11-24T21:00:00Z", { mine: "Europe/London", theirs: "Pacific/Auckland", name: "Kiri", locale: "en-GB" });
    expect(shown.label).toBe("Tuesday 24 November, 21:00 your time, 10:00 Wednesday for Kiri");
    expect(shown.shiftText).toBe("+1 day (Wed)");
  });
});

describe("wall times to instants", () => {
  test.each([
    ["2026-11-24", "14:30", "Europe/London", "2026-11-24T14:30:00Z"],
    ["2026-07-01", "09:00", "America/New_York", "2026-07-01T13:00:00Z"],
    // A gap takes the offset before it: 02:30 becomes 03:30 daylight time.
    ["2026-03-08", "02:30", "America/New_York", "2026-03-08T07:30:00Z"],
    ["2026-03-29", "01:30", "Europe/London", "2026-03-29T01:30:00Z"],
    // A repeated time is the first of the two.
    ["2026-11-01", "01:30", "America/New_York", "2026-11-01T05:30:00Z"],
    ["2026-10-25", "01:30", "Europe/London", "2026-10-25T00:30:00Z"],
    ["2026-04-05", "01:45", "Australia/Lord_Howe", "2026-04-04T14:45:00Z"],
    ["2026-01-01", "00:00", "Pacific/Kiritimati", "2025-12-31T10:00:00Z"],
  ])("%s %s in %s is %s", (day, time, tzid, expected) => {
    expect(toUtc(wallToInstant(day, time, tzid))).toBe(expected);
  });

  test("midnight is the first instant of the day, also where it does not exist", () => {
    expect(toUtc(startOfDay("2026-04-24", "Africa/Cairo"))).toBe("2026-04-23T22:00:00Z");
    expect(dayKey("2026-04-23T21:59:59Z", "Africa/Cairo")).toBe("2026-04-23");
    expect(dayKey("2026-04-23T22:00:00Z", "Africa/Cairo")).toBe("2026-04-24");
  });

  test("every day of a year begins at its own first instant in every kind of zone", () => {
    for (const tzid of ["Europe/London", "America/St_Johns", "Africa/Cairo", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu"]) {
      for (let day = "2026-01-01"; day < "2027-01-01"; day = addDays(day, 1)) {
        const start = startOfDay(day, tzid).getTime();
        expect([tzid, dayKey(start, tzid)]).toEqual([tzid, day]);
        expect([tzid, dayKey(start - 1000, tzid)]).toEqual([tzid, addDays(day, -1)]);
      }
    }
  });

  test("refuses what is no time", () => {
    expect(() => toMillis("soon")).toThrow(RangeError);
    expect(() => wallToInstant("2026-13-01", "10:00", "UTC")).toThrow(RangeError);
  });
});

describe("days and months", () => {
  test("arithmetic crosses months and leap years", () => {
    expect(addDays("2028-02-28", 1)).toBe("2028-02-29");
    expect(addDays("2027-01-01", -1)).toBe("2026-12-31");
    expect(addMonths("2027-01-31", 1)).toBe("2027-02-28");
    expect(addMonths("2026-03-31", -1)).toBe("2026-02-28");
    expect(addMonths("2028-02-29", -12)).toBe("2027-02-28");
    expect(daysBetween("2026-03-01", "2026-04-01")).toBe(31);
    expect(weekdayOf("2026-11-22")).toBe(7);
  });

  test("the month's grid covers it in whole weeks from the first weekday", () => {
    const weeks = monthGrid("2026-11-20", 1);
    expect(weeks[0]?.[0]).toBe("2026-10-26");
    expect(weeks.at(-1)?.at(-1)).toBe("2026-12-06");
    expect(monthGrid("2026-11-20", 7)[0]?.[0]).toBe("2026-11-01");
    expect(monthGrid("2027-02-01", 1)).toHaveLength(4);
  });
});

describe("words", () => {
  test("days", () => {
    expect(formatDay("2026-11-24", "en-GB", "short")).toBe("Tue 24");
    expect(formatDay("2026-11-24", "en-GB")).toBe("Tue 24 Nov");
    expect(formatDay("2026-11-24", "en-GB", "full")).toBe("Tuesday 24 November 2026");
    expect(formatDay("2026-11-24", "de-DE", "full")).toBe("Dienstag, 24. November 2026");
    expect(friendlyDay("2026-11-20", "2026-11-20", "en-GB")).toBe("Today");
    expect(friendlyDay("2026-11-21", "2026-11-20", "en-GB")).toBe("Tomorrow");
  });
  test("Gregorian days in locales with another calendar", () => {
    expect(formatDay("2026-11-24", "fa-IR-u-nu-latn", "full")).toContain("2026");
  });
  test("times follow the locale unless told otherwise", () => {
    expect(formatTime("2026-11-24T14:30:00Z", "UTC", "en-US")).toBe("2:30\u00a0PM");
    expect(formatTime("2026-11-24T14:30:00Z", "UTC", "en-US", "h23")).toBe("14:30");
    expect(formatTime("2026-11-24T00:05:00Z", "UTC", "en-GB", "h12")).toBe("12:05\u00a0am");
    expect(formatTime("2026-11-24T00:05:00Z", "UTC", "en-US", "h23")).toBe("00:05");
  });
  test("ranges", () => {
    expect(formatTimeRange("2026-11-24T14:30:00Z", "2026-11-24T15:00:00Z", "UTC", "en-GB")).toBe("14:30–15:00");
    expect(formatTimeRange("2026-11-24T23:30:00Z", "2026-11-25T00:30:00Z", "UTC", "en-GB")).toBe("23:30–00:30 (+1 day)");
  });
  test.each([
    [8, "in 8 min"],
    [0, "now"],
    [-8, "8 min ago"],
    [60, "in 60 min"],
    [61, null],
    [-61, null],
  ])("%i minutes away is %s", (minutes, expected) => {
    const now = toMillis("2026-11-20T12:10:00Z");
    expect(relativeMinutes(now + minutes * 60_000, now)).toBe(expected);
  });
  test("durations and offsets", () => {
    expect([15, 60, 90, 0].map(formatDuration)).toEqual(["15 min", "1 h", "1 h 30 min", "0 min"]);
    expect([0, -300, 330, -210, 845].map(formatOffset)).toEqual(["GMT+0", "GMT−5", "GMT+5:30", "GMT−3:30", "GMT+14:05"]);
  });
  test.each([
    ["America/New_York", "New York"],
    ["America/Argentina/Buenos_Aires", "Buenos Aires"],
    ["America/Indiana/Knox", "Knox, Indiana"],
    ["Asia/Calcutta", "Kolkata"],
    ["America/St_Johns", "St. John’s"],
    ["Etc/UTC", "UTC"],
    ["Etc/GMT+5", "GMT−5"],
    ["UTC", "UTC"],
  ])("%s is called %s", (tzid, name) => {
    expect(zoneCity(tzid)).toBe(name);
  });
  test("zones carry the offset of the instant, not of today", () => {
    expect(zoneLabel("America/New_York", "2026-11-20T12:00:00Z")).toBe("New York (GMT−5)");
    expect(zoneLabel("America/New_York", "2026-07-20T12:00:00Z")).toBe("New York (GMT−4)");
  });
});

describe("comparing zones", () => {
  test("by the clocks at each instant, not by name", () => {
    expect(sameOffsets(["2026-11-24T10:00:00Z"], "Europe/London", "Europe/Lisbon")).toBe(true);
    expect(sameOffsets(["2026-01-10T10:00:00Z", "2026-07-10T10:00:00Z"], "Europe/London", "Africa/Abidjan")).toBe(false);
  });
  test("historic offsets with seconds do not break", () => {
    expect(offsetMinutes("1970-01-01T00:00:00Z", "Africa/Monrovia")).toBe(-44.5);
  });
});

describe("the locale's habits", () => {
  test.each([
    ["en-US", 7, "h12", "ltr"],
    ["en-GB", 1, "h23", "ltr"],
    ["ar-EG", 6, "h12", "rtl"],
    ["he-IL", 7, "h23", "rtl"],
  ])("%s", (locale, firstDay, hourCycle, direction) => {
    expect(localePreferences(locale)).toMatchObject({ firstDay, hourCycle, direction });
  });
});
