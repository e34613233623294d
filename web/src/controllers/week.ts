/**
 * A week of two calendars as the overlay draws it: days, rows, who is busy when. Pure: from an answer with busy time to
 * stretches of wall-clock minutes, day by day in the viewer's zone.
 */
import type { Person } from "../internal/people.ts";
import {
  type DayKey,
  MINUTE,
  addDays,
  dayKey,
  offsetMinutes,
  startOfDay,
  toMillis,
  wallTime,
  weekdayOf,
} from "../internal/time.ts";
import type { Availability, AvailabilityParticipant, Slot } from "../internal/types.ts";

export const DAY_MINUTES = 1440;
/** Rows of the drawn grid are this long. */
export const ROW_MINUTES = 5;

/** A stretch of one day; `from` and `to` are minutes of the wall clock, `start` and `end` the instants. */
export interface Stretch {
  start: string;
  end: string;
  from: number;
  to: number;
}

/** When somebody is not free. `people` is empty for the viewer, else the names of those who are not. */
export interface BusyStretch extends Stretch {
  people: readonly string[];
  isTentative: boolean;
}

export interface SlotStretch extends Stretch {
  slot: Slot;
  /** Minutes until the next start or the end, whichever comes first: what can be pressed without covering another. */
  step: number;
}

export interface WeekDay {
  day: DayKey;
  slots: readonly SlotStretch[];
  mine: readonly BusyStretch[];
  theirs: readonly BusyStretch[];
  /** Where the viewer does not work or what has passed; the rest of the day is open. */
  closed: readonly Stretch[];
}

/** Why somebody's time is not drawn. */
export interface Unseen {
  person: AvailabilityParticipant;
  isMe: boolean;
}

/** The seven days of the week that holds a day, from the locale's first weekday. */
export function weekOf(day: DayKey, firstDay: number): DayKey[] {
  const start = addDays(day, -((weekdayOf(day) - firstDay + 7) % 7));
  return Array.from({ length: 7 }, (_, index) => addDays(start, index));
}

/** Everybody whose busy time is not in the answer: it must be said in words and never be drawn as free. */
export function unseen(answer: Availability, me: string): Unseen[] {
  return answer.participants
    .filter((person) => !person.busy)
    .map((person) => ({ person, isMe: person.sub === me }));
}

/** Sorts an answer into days. `now` closes what has passed. */
export function weekDays(
  answer: Availability,
  days: readonly DayKey[],
  options: { tzid: string; me: string; now: number; shortName: (name: string) => string },
): WeekDay[] {
  const { tzid, me, now, shortName } = options;
  const mine = answer.participants.find((person) => person.sub === me);
  const others = answer.participants.filter((person) => person.sub !== me);
  const own = (mine?.busy ?? []).map((range) => ({ ...range, people: [], isTentative: range.kind === "tentative" }));
  const theirs = together(
    others.flatMap((person) =>
      (person.busy ?? []).map((range) => ({ ...range, name: shortName(person.name), isTentative: range.kind === "tentative" })),
    ),
  );
  return days.map((day) => {
    const bounds = { day, from: startOfDay(day, tzid).getTime(), to: startOfDay(addDays(day, 1), tzid).getTime() };
    const within = <T extends { start: string; end: string }>(ranges: readonly T[]): (T & Stretch)[] =>
      ranges.flatMap((range) => cut(range, bounds, tzid));
    const slots = within(answer.slots.filter((slot) => dayKey(slot.start, tzid) === day));
    return {
      day,
      slots: slots.map((slot, index) => {
        const next = slots[index + 1];
        const step = Math.min(slot.to - slot.from, next && next.from > slot.from ? next.from - slot.from : DAY_MINUTES);
        const { from, to, start, end, ...rest } = slot;
        return { from, to, start, end, step, slot: { ...rest, start, end } };
      }),
      mine: within(own),
      theirs: within(theirs),
      closed: within(closedTimes(bounds, mine?.working_hours, now)),
    };
  });
}

/** The part of a range inside a day, on the wall clock. An hour that comes twice is drawn once. */
function cut<T extends { start: string; end: string }>(
  range: T,
  bounds: { from: number; to: number },
  tzid: string,
): (T & Stretch)[] {
  const start = Math.max(toMillis(range.start), bounds.from);
  const end = Math.min(toMillis(range.end), bounds.to);
  if (start >= end) return [];
  const from = minuteOf(start, tzid);
  const until = end === bounds.to ? DAY_MINUTES : minuteOf(end, tzid);
  const least = Math.min(DAY_MINUTES, from + Math.min(ROW_MINUTES, (end - start) / MINUTE));
  return [{ ...range, from, to: Math.max(until, least) }];
}

function minuteOf(instant: number, tzid: string): number {
  const wall = wallTime(instant, tzid);
  return wall.hour * 60 + wall.minute;
}

interface NamedRange {
  start: string;
  end: string;
  name: string;
  isTentative: boolean;
}

/** Several people's busy time as stretches in which the same people are busy. Tentative only if it is so for all. */
function together(ranges: readonly NamedRange[]) {
  const edges = [...new Set(ranges.flatMap((range) => [toMillis(range.start), toMillis(range.end)]))].sort((a, b) => a - b);
  const found: { start: string; end: string; people: string[]; isTentative: boolean }[] = [];
  for (const [index, edge] of edges.entries()) {
    const until = edges[index + 1];
    if (until === undefined) break;
    const inside = ranges.filter((range) => toMillis(range.start) <= edge && toMillis(range.end) >= until);
    if (inside.length === 0) continue;
    const people = [...new Set(inside.map((range) => range.name))].sort();
    const isTentative = inside.every((range) => range.isTentative);
    const last = found.at(-1);
    const [start, end] = [new Date(edge).toISOString(), new Date(until).toISOString()];
    if (last && last.end === start && last.isTentative === isTentative && last.people.join() === people.join()) last.end = end;
    else found.push({ start, end, people, isTentative });
  }
  return found;
}

/** The complement of the viewer's hours, and everything before now. */
function closedTimes(
  bounds: { from: number; to: number },
  hours: readonly { start: string; end: string }[] | undefined,
  now: number,
): { start: string; end: string }[] {
  const open = hours ? hours.map((range) => [toMillis(range.start), toMillis(range.end)] as const) : [[bounds.from, bounds.to] as const];
  const closed: { start: string; end: string }[] = [];
  let at = bounds.from;
  for (const [start, end] of open) {
    const opens = Math.max(start, now);
    if (end <= at || end <= opens || opens >= bounds.to) continue;
    if (opens > at) closed.push({ start: new Date(at).toISOString(), end: new Date(opens).toISOString() });
    at = Math.min(end, bounds.to);
  }
  if (at < bounds.to) closed.push({ start: new Date(at).toISOString(), end: new Date(bounds.to).toISOString() });
  return closed;
}

/**
 * The whole hours to draw: an hour on either side of the times on offer, so that they are in view without scrolling;
 * without any the viewer's working hours, else nine to five.
 */
export function shownHours(days: readonly WeekDay[]): { from: number; to: number } {
  const slots = days.flatMap((day) => day.slots);
  const open = days.flatMap((day) => openTimes(day.closed));
  const wanted = slots.length > 0 ? slots : open.length > 0 ? open : [{ from: 9 * 60, to: 17 * 60 }];
  const around = slots.length > 0 ? 1 : 0;
  const from = Math.floor(Math.min(...wanted.map((stretch) => stretch.from)) / 60) - around;
  const to = Math.ceil(Math.max(...wanted.map((stretch) => stretch.to)) / 60) + around;
  return { from: Math.max(0, from), to: Math.min(24, to) };
}

function openTimes(closed: readonly Stretch[]): { from: number; to: number }[] {
  const open: { from: number; to: number }[] = [];
  let at = 0;
  for (const { from, to } of closed) {
    if (from > at) open.push({ from: at, to: from });
    at = Math.max(at, to);
  }
  if (at > 0 && at < DAY_MINUTES) open.push({ from: at, to: DAY_MINUTES });
  return open;
}

/** Pixels per hour that leave room for a finger on the closest starts of the week. */
export function hourPixels(days: readonly WeekDay[]): number {
  const steps = days.flatMap((day) => day.slots.map((slot) => slot.step));
  const least = Math.min(60, ...steps);
  const target = least >= 30 ? 40 : 26;
  return Math.min(312, Math.max(48, Math.ceil((target * 60) / Math.max(ROW_MINUTES, least))));
}

/** The zones that need hours of their own at the side: each other offset once, at most two. */
export function otherClocks(people: readonly Person[], tzid: string, at: number): Person[] {
  const seen = new Set([offsetMinutes(at, tzid)]);
  const found: Person[] = [];
  for (const person of people) {
    const offset = person.tzid ? offsetMinutes(at, person.tzid) : offsetMinutes(at, tzid);
    if (seen.has(offset)) continue;
    seen.add(offset);
    found.push(person);
  }
  return found.slice(0, 2);
}
