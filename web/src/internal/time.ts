/**
 * Time on the screen: wall clocks, days and words, from UTC instants and IANA zones, with Intl alone.
 *
 * Rules: instants are UTC everywhere (Date, epoch milliseconds or RFC 3339 text); a day is a key `YYYY-MM-DD` in some
 * zone; a wall time in a spring gap takes the offset before the gap, a repeated one the first. No function reads the
 * clock: `now` comes in as a value.
 */
import { localePreferences } from "./locale.ts";
import { minus, strings } from "./strings.ts";

export { deviceZone } from "./device-zone.ts";

export type Instant = Date | number | string;
/** `h23` or `h12`; null follows the locale. */
export type HourCycle = "h12" | "h23" | null;
/** A calendar day, `YYYY-MM-DD`. */
export type DayKey = string;

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Epoch milliseconds of an instant; throws `RangeError` when the text is no instant. */
export function toMillis(instant: Instant): number {
  const value = typeof instant === "number" ? instant : new Date(instant).getTime();
  if (Number.isNaN(value)) throw new RangeError(`Not an instant: ${String(instant)}`);
  return value;
}

/** RFC 3339 in UTC with `Z` and whole seconds, the form that the API takes. */
export function toUtc(instant: Instant): string {
  return new Date(toMillis(instant)).toISOString().replace(/\.\d{3}Z$/, "Z");
}

// ---- formatters: constructing one costs more than a hundred uses, so each is kept ----

const formatters = new Map<string, Intl.DateTimeFormat>();

/** `kind` names the options, which depend on it and on nothing else. */
function formatter(locale: string, kind: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale}|${kind}`;
  let found = formatters.get(key);
  if (!found) {
    // Our day keys are Gregorian, so what is shown beside them must be too (fa-IR and others default otherwise).
    found = new Intl.DateTimeFormat(locale, { calendar: "gregory", ...options });
    formatters.set(key, found);
  }
  return found;
}

// ---- wall clocks ----

export interface WallTime {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

/** Wall clocks read so far, by zone and instant: lists ask for the same ones at every drawing, and Intl is slow. */
const walls = new Map<string, Map<number, number>>();
const MAX_WALLS = 2_000;

/** The wall clock of `tzid` at an instant, as the epoch milliseconds that UTC would have then; whole seconds. */
function wallMillis(instant: Instant, tzid: string): number {
  const millis = toMillis(instant);
  let known = walls.get(tzid);
  if (!known || known.size > MAX_WALLS) walls.set(tzid, (known = new Map()));
  let found = known.get(millis);
  if (found === undefined) known.set(millis, (found = readWall(millis, tzid)));
  return found;
}

function readWall(millis: number, tzid: string): number {
  const format = formatter("en-US", `wall ${tzid}`, {
    timeZone: tzid,
    hourCycle: "h23",
    numberingSystem: "latn",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  const read = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 };
  for (const { type, value } of format.formatToParts(millis)) {
    if (type in read) read[type as keyof typeof read] = Number(value);
  }
  return Date.UTC(read.year, read.month - 1, read.day, read.hour, read.minute, read.second);
}

/** What the clock on the wall shows in `tzid` at this instant. */
export function wallTime(instant: Instant, tzid: string): WallTime {
  const wall = new Date(wallMillis(instant, tzid));
  const [year, month, day] = [wall.getUTCFullYear(), wall.getUTCMonth() + 1, wall.getUTCDate()];
  return { year, month, day, hour: wall.getUTCHours(), minute: wall.getUTCMinutes(), second: wall.getUTCSeconds() };
}

/** Minutes east of UTC at this instant; fractional only for zones of long ago. */
export function offsetMinutes(instant: Instant, tzid: string): number {
  const millis = toMillis(instant);
  const whole = Math.floor(millis / 1000) * 1000;
  return (wallMillis(whole, tzid) - whole) / MINUTE;
}

/** The instant at which clocks in `tzid` show this day and time; see the module's rule for gaps and repeats. */
export function wallToInstant(day: DayKey, time: string, tzid: string): Date {
  const guess = Date.parse(`${day}T${time.length === 5 ? `${time}:00` : time}Z`);
  if (Number.isNaN(guess)) throw new RangeError(`Not a wall time: ${day} ${time}`);
  const before = offsetMinutes(guess - DAY, tzid);
  const after = offsetMinutes(guess + DAY, tzid);
  for (const offset of [before, after]) {
    const instant = guess - offset * MINUTE;
    if (offsetMinutes(instant, tzid) === offset) return new Date(instant);
  }
  return new Date(guess - before * MINUTE);
}

// ---- days ----

/** The day that the calendar shows in `tzid` at this instant. */
export function dayKey(instant: Instant, tzid: string): DayKey {
  return keyOf(wallMillis(instant, tzid));
}

function keyOf(utcMillis: number): DayKey {
  return new Date(utcMillis).toISOString().slice(0, 10);
}

/** Noon UTC of a day: a safe instant for arithmetic on days. */
function noon(day: DayKey): number {
  return Date.parse(`${day}T12:00:00Z`);
}

export function addDays(day: DayKey, count: number): DayKey {
  return keyOf(noon(day) + count * DAY);
}

/** The same day of another month, or that month's last day. */
export function addMonths(day: DayKey, count: number): DayKey {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  const last = new Date(Date.UTC(year, month - 1 + count + 1, 0)).getUTCDate();
  return keyOf(Date.UTC(year, month - 1 + count, Math.min(date, last), 12));
}

/** Whole days from `from` to `to`; negative when `to` is earlier. */
export function daysBetween(from: DayKey, to: DayKey): number {
  return Math.round((noon(to) - noon(from)) / DAY);
}

/** 1 (Monday) to 7 (Sunday). */
export function weekdayOf(day: DayKey): number {
  return new Date(noon(day)).getUTCDay() || 7;
}

/** Local midnight of a day as an instant; the first instant of the day where midnight does not exist. */
export function startOfDay(day: DayKey, tzid: string): Date {
  return wallToInstant(day, "00:00", tzid);
}

/** Days from one zone's calendar to the other's at this instant: -1, 0 or 1 (2 across the date line's extremes). */
export function dayShift(instant: Instant, fromTzid: string, toTzid: string): number {
  return daysBetween(dayKey(instant, fromTzid), dayKey(instant, toTzid));
}

// ---- words ----

/** One kind of space only: CLDR versions disagree about narrow no-break spaces, and fonts about drawing them. */
function plainSpaces(text: string): string {
  return text.replace(/[\u202f\u2009]/g, "\u00a0");
}

/** "14:30", or "2:30 PM" where the locale or `hourCycle` says so. */
export function formatTime(instant: Instant, tzid: string, locale: string, hourCycle: HourCycle = null): string {
  const cycle = hourCycle ?? localePreferences(locale).hourCycle;
  const options: Intl.DateTimeFormatOptions = {
    timeZone: tzid,
    hour: cycle === "h12" ? "numeric" : "2-digit",
    minute: "2-digit",
    hourCycle: cycle,
  };
  // Browsers disagree about the space before "PM"; ours never breaks the line there.
  return formatter(locale, `time ${tzid} ${cycle}`, options).format(toMillis(instant)).replace(/\s/gu, "\u00a0");
}

/** "14:30–15:00"; the end says its day when the meeting passes midnight: "23:30–00:30 (+1 day)". */
export function formatTimeRange(
  start: Instant,
  end: Instant,
  tzid: string,
  locale: string,
  hourCycle: HourCycle = null,
): string {
  const from = formatTime(start, tzid, locale, hourCycle);
  const to = formatTime(end, tzid, locale, hourCycle);
  const days = daysBetween(dayKey(start, tzid), dayKey(end, tzid));
  return days === 0 ? `${from}–${to}` : `${from}–${to} (${strings().dayShift(days)})`;
}

export type DayStyle = "weekday" | "weekdayLong" | "short" | "medium" | "dayMonth" | "long" | "full" | "month" | "monthShort";

const DAY_STYLES: Record<DayStyle, Intl.DateTimeFormatOptions> = {
  weekday: { weekday: "short" },
  weekdayLong: { weekday: "long" },
  short: { weekday: "short", day: "numeric" },
  medium: { weekday: "short", day: "numeric", month: "short" },
  dayMonth: { day: "numeric", month: "long" },
  long: { weekday: "long", day: "numeric", month: "long" },
  full: { weekday: "long", day: "numeric", month: "long", year: "numeric" },
  month: { month: "long", year: "numeric" },
  monthShort: { month: "short" },
};

/** A day in words: short "Tue 24", medium "Tue 24 Nov", long "Tuesday 24 November", full with the year. */
export function formatDay(day: DayKey, locale: string, style: DayStyle = "medium"): string {
  const format = formatter(locale, style, { timeZone: "UTC", ...DAY_STYLES[style] });
  if (style === "short" && locale.startsWith("en")) {
    // American English has "23 Mon" for weekday and day alone, which nobody writes.
    const parts = new Map(format.formatToParts(noon(day)).map((part) => [part.type, part.value]));
    return `${parts.get("weekday")} ${parts.get("day")}`;
  }
  const text = format.format(noon(day));
  // "Tue, 24 Nov" in older CLDR data and "Tue 24 Nov" in newer: one form, whichever the browser ships.
  return plainSpaces(locale.startsWith("en-GB") ? text.replace(/^(\p{L}+),/u, "$1") : text);
}

/** The day on which an instant falls in a zone, in words. */
export function formatDayOf(instant: Instant, tzid: string, locale: string, style: DayStyle = "medium"): string {
  return formatDay(dayKey(instant, tzid), locale, style);
}

/** "Today", "Tomorrow", else the day in words. */
export function friendlyDay(day: DayKey, today: DayKey, locale: string, style: DayStyle = "medium"): string {
  const distance = daysBetween(today, day);
  if (distance === 0) return strings().today;
  if (distance === 1) return strings().tomorrow;
  return formatDay(day, locale, style);
}

/** "in 8 min", "now", "8 min ago"; null when more than 60 minutes away. */
export function relativeMinutes(instant: Instant, now: Instant): string | null {
  const minutes = Math.ceil((toMillis(instant) - toMillis(now)) / MINUTE);
  if (Math.abs(minutes) > 60) return null;
  return strings().relativeMinutes(minutes);
}

/** "30 min", "1 h", "1 h 30 min". */
export function formatDuration(minutes: number): string {
  return strings().duration(Math.floor(minutes / 60), minutes % 60);
}

// ---- zones in words ----

/** "GMT+0", "GMT−5", "GMT+5:30": the same in every locale and browser. */
export function formatOffset(minutes: number): string {
  const whole = Math.round(Math.abs(minutes));
  const rest = whole % 60;
  const sign = minutes < 0 ? minus : "+";
  return `GMT${sign}${Math.floor(whole / 60)}${rest ? `:${String(rest).padStart(2, "0")}` : ""}`;
}

/** The zone's offset at this instant, as `formatOffset` writes it. */
export function shortOffset(instant: Instant, tzid: string): string {
  return formatOffset(offsetMinutes(instant, tzid));
}

const CITY_NAMES: Record<string, string> = {
  "Asia/Calcutta": "Kolkata",
  "Asia/Katmandu": "Kathmandu",
  "Asia/Rangoon": "Yangon",
  "Asia/Saigon": "Ho Chi Minh City",
  "Asia/Ho_Chi_Minh": "Ho Chi Minh City",
  "Europe/Kiev": "Kyiv",
  "Atlantic/Faeroe": "Faroe",
  "America/Godthab": "Nuuk",
  "America/St_Johns": "St. John’s",
  "Pacific/Truk": "Chuuk",
  "Pacific/Ponape": "Pohnpei",
  UTC: "UTC",
};

/** The city that a zone is named after: "New York", "Kolkata", "Knox, Indiana"; "UTC" for the zones without one. */
export function zoneCity(tzid: string): string {
  const known = CITY_NAMES[tzid];
  if (known) return known;
  const segments = tzid.replaceAll("_", " ").split("/");
  const city = segments.at(-1) ?? tzid;
  if (segments[0] === "Etc") return etcName(city);
  const state = segments.length === 3 && segments[1] !== "Argentina" ? `, ${segments[1]}` : "";
  return city + state;
}

function etcName(name: string): string {
  const fixed = /^GMT([+-])(\d+)$/.exec(name);
  // POSIX signs are the other way round: Etc/GMT+5 is five hours behind.
  if (fixed) return formatOffset((fixed[1] === "+" ? -1 : 1) * Number(fixed[2]) * 60);
  return "UTC";
}

/** "London (GMT+0)". */
export function zoneLabel(tzid: string, at: Instant): string {
  return `${zoneCity(tzid)} (${shortOffset(at, tzid)})`;
}

/** False for a name that this browser does not know. */
export function isKnownZone(tzid: string): boolean {
  try {
    formatter("en-US", `zone ${tzid}`, { timeZone: tzid });
    return true;
  } catch {
    return false;
  }
}

/** True when both zones show the same clock at every one of these instants. */
export function sameOffsets(instants: Iterable<Instant>, first: string, second: string): boolean {
  if (first === second) return true;
  for (const instant of instants) {
    if (offsetMinutes(instant, first) !== offsetMinutes(instant, second)) return false;
  }
  return true;
}

// ---- both zones ----

export interface DualTime {
  /** "14:30": the viewer's clock. */
  primary: string;
  /** "10:30": the other person's clock; null when both show the same. */
  secondary: string | null;
  /** Days from the viewer's calendar to the other's. */
  shift: number;
  /** "+1 day (Tue)", "−1 day (Sun)", or "". */
  shiftText: string;
  /** "14:30 · 10:30 Ana", with the day shift when there is one. */
  text: string;
  /** "Monday 8 March, 14:30 your time, 10:30 Monday for Ana": for the accessible name. */
  label: string;
}

export interface DualTimeOptions {
  /** The viewer's zone. */
  mine: string;
  /** The other person's zone; null for one zone only. */
  theirs?: string | null;
  /** The other person's short name. */
  name?: string;
  locale: string;
  hourCycle?: HourCycle;
  /** False says the second zone even when the clocks agree. */
  hideEqual?: boolean;
}

/** One instant on both clocks, as text for the eye and for the accessible name. */
export function dualTime(instant: Instant, options: DualTimeOptions): DualTime {
  const { mine, theirs, locale, hourCycle = null, hideEqual = true } = options;
  const name = options.name || (theirs ? zoneCity(theirs) : "");
  const words = strings();
  const primary = formatTime(instant, mine, locale, hourCycle);
  const day = formatDayOf(instant, mine, locale, "long");
  const single = !theirs || (hideEqual && offsetMinutes(instant, mine) === offsetMinutes(instant, theirs));
  if (single) {
    return { primary, secondary: null, shift: 0, shiftText: "", text: primary, label: words.timeLabel(day, primary) };
  }
  const secondary = formatTime(instant, theirs, locale, hourCycle);
  const shift = dayShift(instant, mine, theirs);
  const shiftText = shift === 0 ? "" : words.dayShiftOn(shift, formatDayOf(instant, theirs, locale, "weekday"));
  const text = `${primary} · ${secondary} ${name}${shiftText ? ` ${shiftText}` : ""}`;
  const theirDay = formatDayOf(instant, theirs, locale, "weekdayLong");
  return { primary, secondary, shift, shiftText, text, label: words.dualTimeLabel(day, primary, secondary, theirDay, name) };
}

/** The weeks of a month's grid: rows of seven day keys from the locale's first weekday, covering the whole month. */
export function monthGrid(day: DayKey, firstDay: number): DayKey[][] {
  const first = `${day.slice(0, 7)}-01`;
  const lead = (weekdayOf(first) - firstDay + 7) % 7;
  const days = daysBetween(first, addMonths(first, 1));
  const weeks = Math.ceil((lead + days) / 7);
  const start = addDays(first, -lead);
  return Array.from({ length: weeks }, (_, week) =>
    Array.from({ length: 7 }, (_unused, column) => addDays(start, week * 7 + column)),
  );
}
