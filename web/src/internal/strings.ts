/**
 * Every sentence that the elements show, in one place. English today; another language replaces the object with
 * `setStrings`, in whole or in part. Functions take ready-made parts (formatted times, names) and own the word order.
 */

/** U+2212: a hyphen is too short beside digits and is read as "dash". */
export const minus = "\u2212";

const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;
const signed = (count: number): string => (count < 0 ? `${minus}${-count}` : `+${count}`);
const list = (names: readonly string[]): string =>
  names.length < 3 ? names.join(" and ") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;

export const english = {
  // ---- time ----
  today: "Today",
  tomorrow: "Tomorrow",
  now: "now",
  dayShift: (days: number) => `${signed(days)} ${Math.abs(days) === 1 ? "day" : "days"}`,
  dayShiftOn: (days: number, weekday: string) =>
    `${signed(days)} ${Math.abs(days) === 1 ? "day" : "days"} (${weekday})`,
  relativeMinutes: (minutes: number) =>
    minutes === 0 ? "now" : minutes > 0 ? `in ${minutes} min` : `${-minutes} min ago`,
  duration: (hours: number, minutes: number) =>
    [hours ? `${hours} h` : "", minutes || !hours ? `${minutes} min` : ""].filter(Boolean).join(" "),
  timeLabel: (day: string, time: string) => `${day}, ${time}`,
  dualTimeLabel: (day: string, mine: string, theirs: string, theirDay: string, name: string) =>
    `${day}, ${mine} your time, ${theirs} ${theirDay} for ${name}`,
  hoursApart: (minutes: number) => {
    const size = Math.abs(minutes);
    const rest = size % 60;
    const hours = Math.floor(size / 60);
    return [hours ? `${hours} h` : "", rest ? `${rest} min` : ""].filter(Boolean).join(" ");
  },
  clocksChangeTogether: (place: string, day: string) => `Clocks change in ${place} on ${day}.`,
  clocksChange: (place: string, day: string, name: string, after: string, before: string) =>
    `Clocks change in ${place} on ${day}. From then ${name} is ${after}, not ${before}.`,
  behindYou: (span: string) => `${span} behind you`,
  aheadOfYou: (span: string) => `${span} ahead of you`,
  sameTimeAsYou: "at the same time as you",

  // ---- general ----
  close: "Close",
  cancel: "Cancel",
  retry: "Try again",
  save: "Save",
  discard: "Discard",
  dismiss: "Dismiss",
  moreActions: "More actions",
  optional: "optional",
  names: list,
  errorReference: (id: string) => `Reference ${id}`,
  offline: "You are offline.",

  // ---- zones ----
  zoneLabel: "Time zone",
  zoneSearch: "Search city, country or offset",
  zoneDevice: "This device",
  zoneNone: (query: string) => `No time zone matches “${query}”.`,
  zoneCount: (count: number) => plural(count, "time zone", "time zones"),
};

export type Strings = typeof english;

let current: Strings = english;

/** The sentences in use. */
export function strings(): Strings {
  return current;
}

/** Replaces some or all sentences, before elements render. */
export function setStrings(replacements: Partial<Strings>): void {
  current = { ...english, ...replacements };
}
