import { describe, expect, test } from "vitest";
import { addHolidays, copyDay, formFrom, hasProblems, nextPeriod, problemOf, problemsOf, problemsOfTravel, rulesFrom, sameRules, splitAtMidnight } from "../src/controllers/working-hours.ts";
import type { AvailabilityRules } from "../src/internal/types.ts";

const rules: AvailabilityRules = {
  tzid: "Europe/London",
  weekly_periods: [
    { day: "monday", start_time: "13:00", end_time: "17:30" },
    { day: "monday", start_time: "09:00", end_time: "12:00" },
    { day: "friday", start_time: "18:00", end_time: "24:00" },
  ],
  date_overrides: [{ date: "2026-12-24", periods: [], name: "Christmas Eve" }],
  buffer_before_minutes: 0,
  buffer_after_minutes: 10,
  minimum_notice_minutes: 60,
  horizon_days: 60,
  start_interval_minutes: 30,
  daily_limit: null,
  weekly_limit: 12,
  time_off: [
    { start: "2026-11-25T12:00:30Z", end: "2026-11-25T15:00:00Z", note: "" },
    { start: "2026-12-21", end: "2027-01-02", note: "Skiing" },
  ],
  travel: [{ start: "2027-03-01", end: "2027-03-08", tzid: "Asia/Tokyo" }],
  revision: 3,
};

describe("the form and the API's JSON", () => {
  test("say the same", () => {
    const back = rulesFrom(formFrom(rules));
    expect(back).toEqual({ ...rules, weekly_periods: [rules.weekly_periods[1], rules.weekly_periods[0], rules.weekly_periods[2]] });
    expect(sameRules(formFrom(rules), formFrom(back))).toBe(true);
  });
  test("an end of 00:00 is midnight", () => {
    const form = formFrom(rules);
    form.week.friday[0]!.end = "00:00";
    expect(rulesFrom(form).weekly_periods.at(-1)).toEqual({ day: "friday", start_time: "18:00", end_time: "24:00" });
  });
});

describe("what can be wrong", () => {
  test.each([
    [[{ start: "09:00", end: "12:00" }, { start: "12:00", end: "17:00" }], [null, null]],
    [[{ start: "09:00", end: "12:00" }, { start: "11:30", end: "17:00" }], [null, "overlap"]],
    [[{ start: "22:00", end: "06:00" }], ["end_before_start"]],
    [[{ start: "22:00", end: "00:00" }], [null]],
    [[{ start: "09:00", end: "09:00" }], ["end_before_start"]],
    [[{ start: "", end: "09:00" }], ["missing"]],
  ])("%j", (periods, expected) => {
    expect(problemsOf(periods)).toEqual(expected);
  });
  test("a date listed twice", () => {
    const form = formFrom(rules);
    expect(hasProblems(form)).toBe(false);
    form.overrides.push({ date: "2026-12-24", periods: [], name: "" });
    expect(hasProblems(form)).toBe(true);
  });
});

describe("shortcuts", () => {
  test("hours past midnight become two periods, also from Sunday to Monday", () => {
    const form = formFrom({ ...rules, weekly_periods: [{ day: "sunday", start_time: "22:00", end_time: "06:00" }] });
    splitAtMidnight(form, "sunday", 0);
    expect(rulesFrom(form).weekly_periods).toEqual([
      { day: "monday", start_time: "00:00", end_time: "06:00" },
      { day: "sunday", start_time: "22:00", end_time: "24:00" },
    ]);
    expect(hasProblems(form)).toBe(false);
  });
  test("copying a day copies values, not the rows", () => {
    const form = formFrom(rules);
    copyDay(form, "monday", ["tuesday", "monday"]);
    form.week.tuesday[0]!.start = "10:00";
    expect(form.week.monday[0]?.start).toBe("09:00");
    expect(form.week.tuesday).toHaveLength(2);
  });
  test("another period follows the last and stays inside the day", () => {
    expect(nextPeriod([])).toEqual({ start: "09:00", end: "17:00" });
    expect(nextPeriod([{ start: "09:00", end: "12:00" }])).toEqual({ start: "13:00", end: "17:00" });
    expect(nextPeriod([{ start: "09:00", end: "21:00" }])).toEqual({ start: "22:00", end: "24:00" });
  });
});

describe("time off and travel", () => {
  const absence = { from: "2026-12-21", until: "2026-12-21", fromTime: "", untilTime: "", note: " ", exact: null };

  test("people name the last day, the API the first day back", () => {
    const form = formFrom(rules);
    expect(form.timeOff[1]).toMatchObject({ from: "2026-12-21", until: "2027-01-01", fromTime: "" });
    expect(form.travel[0]).toEqual({ from: "2027-03-01", until: "2027-03-07", tzid: "Asia/Tokyo" });
    form.timeOff = [absence];
    expect(rulesFrom(form).time_off).toEqual([{ start: "2026-12-21", end: "2026-12-22", note: "" }]);
  });
  test("hours are of the zone, also across a change of the clocks", () => {
    const form = formFrom({ ...rules, tzid: "America/New_York", time_off: [] });
    form.timeOff = [{ ...absence, from: "2027-03-13", until: "2027-03-14", fromTime: "09:00", untilTime: "17:00" }];
    expect(rulesFrom(form).time_off).toEqual([{ start: "2027-03-13T14:00:00Z", end: "2027-03-14T21:00:00Z", note: "" }]);
  });
  test("instants that nobody touched come back to the second", () => {
    const form = formFrom(rules);
    expect(form.timeOff[0]).toMatchObject({ from: "2026-11-25", fromTime: "12:00", untilTime: "15:00" });
    form.timeOff[0]!.note = "Dentist";
    expect(rulesFrom(form).time_off?.[0]?.start).toBe("2026-11-25T12:00:30Z");
  });
  test.each([
    [{}, null],
    [{ until: "2026-12-20" }, "end_before_start"],
    [{ until: "" }, "missing"],
    [{ fromTime: "09:00", untilTime: "17:00" }, null],
    [{ fromTime: "09:00", untilTime: "" }, "missing"],
    [{ fromTime: "09:00", untilTime: "09:00" }, "end_before_start"],
  ])("%j", (change, expected) => {
    expect(problemOf({ ...absence, ...change })).toBe(expected);
    const form = formFrom(rules);
    form.timeOff = [{ ...absence, ...change }];
    expect(hasProblems(form)).toBe(expected !== null);
    expect(() => rulesFrom(form)).not.toThrow();
  });
  test("nobody is in two places on one day", () => {
    const trips = [
      { from: "2027-03-01", until: "2027-03-07", tzid: "Asia/Tokyo" },
      { from: "2027-03-07", until: "2027-03-09", tzid: "Asia/Seoul" },
      { from: "2027-03-10", until: "2027-03-10", tzid: "" },
    ];
    expect(problemsOfTravel(trips)).toEqual([null, "overlap", "missing"]);
    const form = formFrom(rules);
    form.travel = [{ from: "2027-03-01", until: "", tzid: "Asia/Tokyo" }];
    expect(hasProblems(form)).toBe(true);
    expect(() => rulesFrom(form)).not.toThrow();
  });
  test("holidays keep what was said about their date", () => {
    const form = formFrom(rules);
    form.overrides[0]!.periods = [{ start: "09:00", end: "12:00" }];
    expect(addHolidays(form, [{ date: "2026-12-25", name: "Christmas Day" }, { date: "2026-12-24", name: "Other" }])).toBe(1);
    expect(rulesFrom(form).date_overrides).toEqual([
      { date: "2026-12-24", periods: [{ start_time: "09:00", end_time: "12:00" }], name: "Christmas Eve" },
      { date: "2026-12-25", periods: [], name: "Christmas Day" },
    ]);
  });
});
