import { describe, expect, test } from "vitest";
import { copyDay, formFrom, hasProblems, nextPeriod, problemsOf, rulesFrom, sameRules, splitAtMidnight } from "../src/controllers/working-hours.ts";
import type { AvailabilityRules } from "../src/internal/types.ts";

const rules: AvailabilityRules = {
  tzid: "Europe/London",
  weekly_periods: [
    { day: "monday", start_time: "13:00", end_time: "17:30" },
    { day: "monday", start_time: "09:00", end_time: "12:00" },
    { day: "friday", start_time: "18:00", end_time: "24:00" },
  ],
  date_overrides: [{ date: "2026-12-24", periods: [] }],
  buffer_before_minutes: 0,
  buffer_after_minutes: 10,
  minimum_notice_minutes: 60,
  horizon_days: 60,
  start_interval_minutes: 30,
  daily_limit: null,
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
    form.overrides.push({ date: "2026-12-24", periods: [] });
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
