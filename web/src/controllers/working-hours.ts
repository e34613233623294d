/**
 * Working hours as a form: rows per weekday and date, checked as people type, turned back into the API's JSON.
 *
 * Times are `HH:MM` on the clock of the rules' zone. `24:00` is midnight at the end of the day; a time field shows it as
 * `00:00`, so an end of `00:00` means midnight.
 */
import { type DayKey, addDays, dayKey, toUtc, wallTime, wallToInstant } from "../internal/time.ts";
import type { AvailabilityRules, TimePeriod, Weekday } from "../internal/types.ts";

export const WEEKDAYS: readonly Weekday[] = [
  "monday",
  "tuesday",
  "wednesday",
  "thursday",
  "friday",
  "saturday",
  "sunday",
];

export type PeriodProblem = "missing" | "end_before_start" | "overlap";

export interface Period {
  start: string;
  end: string;
}

/** Time out of office as people say it: `until` is the last day away. Times are empty for whole days. */
export interface Absence {
  from: DayKey;
  until: DayKey;
  fromTime: string;
  untilTime: string;
  note: string;
  /** The instants as they were read, until a field is changed: seconds and hours that occur twice survive. */
  exact: { start: string; end: string } | null;
}

/** Days in another zone; `until` is the last of them. */
export interface Trip {
  from: DayKey;
  until: DayKey;
  tzid: string;
}

export type StretchProblem = "missing" | "end_before_start" | "overlap";

/** The editor's own copy of the rules. */
export interface HoursForm {
  tzid: string;
  week: Record<Weekday, Period[]>;
  overrides: { date: DayKey; periods: Period[]; name: string }[];
  timeOff: Absence[];
  travel: Trip[];
  bufferBefore: number;
  bufferAfter: number;
  notice: number;
  horizon: number;
  step: number;
  dailyLimit: number | null;
  weeklyLimit: number | null;
  revision: number;
}

const DEFAULT_PERIOD: Period = { start: "09:00", end: "17:00" };

export function formFrom(rules: AvailabilityRules): HoursForm {
  const week = Object.fromEntries(WEEKDAYS.map((day) => [day, [] as Period[]])) as Record<Weekday, Period[]>;
  for (const { day, start_time, end_time } of rules.weekly_periods) {
    week[day].push({ start: start_time.slice(0, 5), end: end_time.slice(0, 5) });
  }
  for (const periods of Object.values(week)) periods.sort(byStart);
  return {
    tzid: rules.tzid,
    week,
    overrides: rules.date_overrides
      .map(({ date, periods, name = "" }) => ({ date, periods: periods.map(toPeriod).sort(byStart), name }))
      .sort((a, b) => a.date.localeCompare(b.date)),
    timeOff: (rules.time_off ?? [])
      .map((off) => absenceFrom(off, rules.tzid))
      .sort((a, b) => a.from.localeCompare(b.from) || a.fromTime.localeCompare(b.fromTime)),
    travel: (rules.travel ?? [])
      .map(({ start, end, tzid }) => ({ from: start, until: addDays(end, -1), tzid }))
      .sort((a, b) => a.from.localeCompare(b.from)),
    bufferBefore: rules.buffer_before_minutes,
    bufferAfter: rules.buffer_after_minutes,
    notice: rules.minimum_notice_minutes,
    horizon: rules.horizon_days,
    step: rules.start_interval_minutes,
    dailyLimit: rules.daily_limit,
    weeklyLimit: rules.weekly_limit ?? null,
    revision: rules.revision,
  };
}

/** The JSON of `PUT /api/availability-rules`. */
export function rulesFrom(form: HoursForm): AvailabilityRules {
  const periods = (list: readonly Period[]): TimePeriod[] =>
    [...list].sort(byStart).map(({ start, end }) => ({ start_time: start, end_time: endOf(end) }));
  return {
    tzid: form.tzid,
    weekly_periods: WEEKDAYS.flatMap((day) => periods(form.week[day]).map((period) => ({ day, ...period }))),
    date_overrides: [...form.overrides]
      .sort((a, b) => a.date.localeCompare(b.date))
      .map(({ date, periods: list, name }) => ({ date, periods: periods(list), ...(name ? { name } : {}) })),
    buffer_before_minutes: form.bufferBefore,
    buffer_after_minutes: form.bufferAfter,
    minimum_notice_minutes: form.notice,
    horizon_days: form.horizon,
    start_interval_minutes: form.step,
    daily_limit: form.dailyLimit,
    weekly_limit: form.weeklyLimit,
    time_off: form.timeOff.map((absence) => ({ ...stretchOf(absence, form.tzid), note: absence.note.trim() })),
    travel: form.travel.map(({ from, until, tzid }) => ({ start: from, end: until && addDays(until, 1), tzid })),
    revision: form.revision,
  };
}

/** A row's first free hours for "add": after the last period, or the usual day. */
export function nextPeriod(periods: readonly Period[]): Period {
  const last = [...periods].sort(byStart).at(-1);
  if (!last) return { ...DEFAULT_PERIOD };
  const start = Math.min(minutesOf(endOf(last.end)) + 60, 23 * 60);
  return { start: clock(start), end: clock(Math.min(start + 240, 24 * 60)) };
}

/** What is wrong with each period of one day, in the order given; null where nothing is. */
export function problemsOf(periods: readonly Period[]): (PeriodProblem | null)[] {
  return periods.map((period, index) => {
    if (!/^\d\d:\d\d$/.test(period.start) || !/^\d\d:\d\d$/.test(period.end)) return "missing";
    if (minutesOf(endOf(period.end)) <= minutesOf(period.start)) return "end_before_start";
    const overlaps = periods.some((other, position) => position < index && meet(period, other));
    return overlaps ? "overlap" : null;
  });
}

/** What is wrong with an absence or a trip by itself. */
export function problemOf(stretch: Absence | Trip): StretchProblem | null {
  if (!stretch.from || !stretch.until) return "missing";
  if (!("fromTime" in stretch) || isWholeDays(stretch)) return stretch.until < stretch.from ? "end_before_start" : null;
  if (!stretch.fromTime || !stretch.untilTime) return "missing";
  return `${stretch.until}T${stretch.untilTime}` <= `${stretch.from}T${stretch.fromTime}` ? "end_before_start" : null;
}

/** What is wrong with each trip: by itself, or because somebody would be in two places on one day. */
export function problemsOfTravel(trips: readonly Trip[]): (StretchProblem | null)[] {
  return trips.map((trip, index) => {
    const own = trip.tzid ? problemOf(trip) : "missing";
    if (own) return own;
    const earlier = trips.slice(0, index);
    return earlier.some((other) => trip.from <= other.until && other.from <= trip.until) ? "overlap" : null;
  });
}

/** Whether an absence takes whole days. */
export function isWholeDays(absence: Absence): boolean {
  return absence.exact === null && absence.fromTime === "" && absence.untilTime === "";
}

/** Adds holidays as days off; a date that has an override already keeps it. Returns how many were added. */
export function addHolidays(form: HoursForm, days: readonly { date: DayKey; name: string }[]): number {
  const taken = new Set(form.overrides.map((override) => override.date));
  const fresh = days.filter(({ date }) => !taken.has(date));
  form.overrides.push(...fresh.map(({ date, name }) => ({ date, name, periods: [] })));
  form.overrides.sort((a, b) => a.date.localeCompare(b.date));
  return fresh.length;
}

export function hasProblems(form: HoursForm): boolean {
  const days = [...Object.values(form.week), ...form.overrides.map((override) => override.periods)];
  const dates = form.overrides.map((override) => override.date);
  return (
    days.some((periods) => problemsOf(periods).some((problem) => problem !== null)) ||
    new Set(dates).size < dates.length ||
    dates.includes("") ||
    form.timeOff.some((absence) => problemOf(absence) !== null) ||
    problemsOfTravel(form.travel).some((problem) => problem !== null)
  );
}

/** Work that passes midnight becomes two periods: until midnight, and from midnight on the next weekday. */
export function splitAtMidnight(form: HoursForm, day: Weekday, index: number): void {
  const period = form.week[day][index];
  const next = WEEKDAYS[(WEEKDAYS.indexOf(day) + 1) % 7];
  if (!period || !next) return;
  const rest = period.end;
  period.end = "24:00";
  if (rest !== "00:00") form.week[next] = [{ start: "00:00", end: rest }, ...form.week[next]];
}

/** Copies one day's hours to others. */
export function copyDay(form: HoursForm, from: Weekday, to: readonly Weekday[]): void {
  for (const day of to) if (day !== from) form.week[day] = form.week[from].map((period) => ({ ...period }));
}

export function sameRules(a: HoursForm, b: HoursForm): boolean {
  return JSON.stringify(rulesFrom(a)) === JSON.stringify(rulesFrom(b));
}

/** Minutes after midnight; `24:00` is 1440. */
export function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return hours * 60 + minutes;
}

/** An end of `00:00` can only mean the midnight that follows. */
export function endOf(end: string): string {
  return end === "00:00" ? "24:00" : end;
}

function clock(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}

function absenceFrom(off: { start: string; end: string; note: string }, tzid: string): Absence {
  const { start, end, note } = off;
  if (!start.includes("T")) {
    return { from: start, until: addDays(end, -1), fromTime: "", untilTime: "", note, exact: null };
  }
  const [from, until] = [wallParts(start, tzid), wallParts(end, tzid)];
  return { from: from.day, until: until.day, fromTime: from.time, untilTime: until.time, note, exact: { start, end } };
}

function stretchOf(absence: Absence, tzid: string): { start: string; end: string } {
  if (absence.exact) return absence.exact;
  const { from, until, fromTime, untilTime } = absence;
  if (isWholeDays(absence)) return { start: from, end: until && addDays(until, 1) };
  const instant = (day: DayKey, time: string): string => (day && time ? toUtc(wallToInstant(day, time, tzid)) : "");
  return { start: instant(from, fromTime), end: instant(until, untilTime) };
}

function wallParts(instant: string, tzid: string): { day: DayKey; time: string } {
  const wall = wallTime(instant, tzid);
  const two = (value: number): string => String(value).padStart(2, "0");
  return { day: dayKey(instant, tzid), time: `${two(wall.hour)}:${two(wall.minute)}` };
}

function toPeriod(period: TimePeriod): Period {
  return { start: period.start_time.slice(0, 5), end: period.end_time.slice(0, 5) };
}

function byStart(a: Period, b: Period): number {
  return a.start.localeCompare(b.start);
}

function meet(a: Period, b: Period): boolean {
  return minutesOf(a.start) < minutesOf(endOf(b.end)) && minutesOf(b.start) < minutesOf(endOf(a.end));
}
