/**
 * Every sentence that the elements show, in English. Other languages are in `src/languages/`, typed by this object; a
 * page replaces single sentences with `setStrings`. Functions take ready-made parts (formatted times, names) and own the
 * word order.
 */
import { buttonEnglish } from "../elements/schedule-button/schedule-button.strings.ts";
import { type Catalogue, differing } from "./languages.ts";

/** U+2212: a hyphen is too short beside digits and is read as "dash". */
export const minus = "\u2212";

export const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;
export const signed = (count: number): string => (count < 0 ? `${minus}${-count}` : `+${count}`);
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
  zoneChange: "Change",
  yourTime: (zone: string) => `Your time: ${zone}`,
  theirTime: (name: string, zone: string) => `${name}: ${zone}`,

  // ---- choosing a time ----
  people: "People",
  addPerson: "+ Add a person",
  removePerson: (name: string) => `Leave out ${name}`,
  ...buttonEnglish,
  meetWith: (names: string) => `Meet with ${names}`,
  move: (title: string) => `Move: ${title}`,
  durationLabel: "Length",
  bestForBoth: "Best for both",
  bestForAll: "Best for everyone",
  orPickDay: "Or pick a day",
  pickDay: "Pick a day",
  days: "Days",
  earlierDays: "Earlier days",
  laterDays: "Later days",
  showMonth: "Month",
  showDays: "Days",
  previousMonth: "Previous month",
  nextMonth: "Next month",
  times: (count: number) => (count === 0 ? "no times" : plural(count, "time", "times")),
  timesShort: (count: number) => (count === 0 ? "none" : plural(count, "time", "times")),
  notLoaded: "not loaded yet",
  dayLabel: (day: string, count: string) => `${day}, ${count}`,
  timesOn: (day: string) => `Times on ${day}`,
  early: "early",
  late: "late",
  earlyForYou: "before your working hours",
  lateForYou: "after your working hours",
  justTaken: "just taken",
  gone: "no longer free",
  currentTime: "current",
  currentTimeLabel: "the current time",
  emptyDay: (day: string) => `No times on ${day}.`,
  nextFree: (day: string, time: string) => `Next free: ${day}, ${time}`,
  emptyRange: (name: string, day: string) => `${name} has no free time until ${day}.`,
  emptyRangeForAll: (day: string) => `There is no time until ${day} when everybody is free.`,
  tryShorter: (duration: string) => `Try ${duration}`,
  askForTimes: (name: string) => `Ask ${name} for times`,
  lookFurther: "Look further ahead",
  checking: (name: string) => `Checking ${name}’s calendar…`,
  checkingAll: "Checking everybody’s calendars…",
  daysLoaded: (count: number) => `${plural(count, "day", "days")} loaded`,
  loadingMore: "Loading more days…",
  timesFailed: "The times could not be loaded.",
  suggestionReason: {
    soonest: "soonest",
    both_in_hours: "in both your hours",
    next_to_other_meetings: "next to other meetings",
    keeps_a_long_block: "keeps a long block free",
    fair_across_zones: "fair to all time zones",
  } as Record<string, string>,

  // ---- details and footer ----
  details: "Add title, note, video",
  detailsMove: "Add a message",
  titleLabel: "Title",
  noteLabel: "Note",
  messageLabel: "Message",
  noteHint: (name: string) => `${name} will see this.`,
  noteHintForAll: "Everybody in the meeting will see this.",
  videoLabel: "Video meeting",
  meetingWith: (names: string) => `Meeting with ${names}`,
  showBoth: "Show both",
  showAll: "Show all",
  showBothHint: "Both calendars, week by week",
  showBothFailed: "The week could not be opened. Check the connection and try again.",
  book: "Book",
  moveMeeting: "Move meeting",
  chooseFirst: "Choose a time first.",
  selectionGone: "That time is no longer free. Choose another.",
  offlineBook: "You are offline. Booking waits until you are back.",
  forName: (time: string, name: string) => `${time} for ${name}`,
  fromTo: (from: string, to: string) => `${from} → ${to}`,
  selectedTime: (label: string) => `Chosen: ${label}`,
  discardQuestion: "Discard what you wrote?",
  keepWriting: "Keep writing",

  // ---- what can be wrong ----
  takenMessage: (when: string) => `${when} was just taken.`,
  noteKept: "What you wrote is kept.",
  takenNearest: "Closest free times",
  loadFailedForAll: "Nobody’s free times could be loaded.",
  loadFailed: (name: string) => `${name}’s free times could not be loaded.`,
  saveFailed: "The meeting was not booked.",
  moveFailed: "The meeting was not moved.",
  saveUnknown: "No answer arrived. Trying again is safe: it cannot be booked twice.",
  forbidden: "You may not book with this person.",
  notShared: (name: string) =>
    `${name} does not share when they are free. Only ${name} can change that, in their own profile.`,
  unknownCalendar: (name: string, detail: string) =>
    `${name}’s calendar cannot be checked now${detail ? ` (${detail})` : ""}, so no times are offered.`,
  yourCalendarUnknown: (detail: string) =>
    `Your calendar cannot be checked now${detail ? ` (${detail})` : ""}, so no times are offered.`,
  noCalendar: (name: string) => `${name} has no calendar connected: these are working hours only.`,
  oldCalendar: (name: string, age: string) => `${name}’s calendar was last read ${age} ago; times may be off.`,
  changedTo: (name: string, when: string) => `${name} moved this meeting meanwhile: it is now ${when}.`,
  changedCancelled: (name: string) => `${name} cancelled this meeting meanwhile.`,
  someone: "Somebody",

  // ---- cancelling ----
  cancelHeading: "Cancel the meeting?",
  cancelQuestion: (title: string, when: string, names: string) =>
    `${title}, ${when}. ${names ? `${names} will be told.` : ""}`,
  reasonLabel: "Reason",
  keepMeeting: "Keep meeting",
  cancelMeeting: "Cancel meeting",
  cancelFailed: "The meeting was not cancelled.",

  // ---- the card ----
  cardFailed: "This meeting could not be loaded.",
  status: {
    requested: "Requested",
    declined: "Declined",
    confirmed: "Confirmed",
    rescheduled: "Rescheduled",
    cancelled: "Cancelled",
    ended: "Ended",
    ongoing: "Happening now",
  },
  cardName: (status: string, title: string, when: string) => `${status}, ${title}, ${when}`,
  yourTimeSuffix: "your time",
  timeFor: (time: string, city: string, name: string) => `${time} ${city} for ${name}`,
  was: "was",
  movedBy: (name: string, time: string) => `Moved by ${name}, ${time}`,
  cancelledBy: (name: string, reason: string) => `Cancelled by ${name}${reason ? `: “${reason}”` : ""}`,
  quoted: (text: string) => `“${text}”`,
  isIn: (whose: string) => `In ${whose} calendar`,
  notYetIn: (whose: string) => `Not yet in ${whose} calendar, retrying`,
  writingTo: (whose: string) => `Being added to ${whose} calendar`,
  declines: "Not coming",
  mayCome: "Not sure yet",
  notAnswered: "Has not answered",
  failedIn: (whose: string, detail: string) => `Could not be added to ${whose} calendar${detail ? `: ${detail}` : ""}`,
  removalPending: (whose: string) => `Not yet removed from ${whose} calendar, retrying`,
  removalFailed: (whose: string, detail: string) =>
    `Could not be removed from ${whose} calendar${detail ? `: ${detail}` : ""}`,
  you: "you",
  your: "your",
  possessive: (name: string) => `${name}’s`,
  join: "Join",
  joinLabel: (title: string) => `Join ${title}`,
  addToCalendar: "Add to calendar",
  icsFile: "Calendar file (.ics)",
  reschedule: "Reschedule",
  bookAgain: "Book again",
  manage: "Manage meeting",
  cancelMeetingMenu: "Cancel meeting…",
  video: "Video",

  // ---- upcoming ----
  upcoming: "Upcoming",
  upcomingEmpty: "Nothing booked.",
  upcomingSchedule: "Schedule with someone",
  upcomingOffline: "Offline: this list may be old.",
  upcomingFailed: "Your next meetings could not be loaded.",
  upcomingChanged: (name: string) => `Upcoming meetings changed: ${name}`,
  upcomingRemoved: "Upcoming meetings changed",
  withNames: (names: string) => `with ${names}`,
  moreThan: (name: string, count: number) => `${name} +${count}`,
};

export type Strings = typeof english;

let merged: Strings = english;
let differences: Catalogue | null = null;

/** The sentences in use. */
export function strings(): Strings {
  const now = differing();
  if (now !== differences) {
    differences = now;
    merged = { ...english, ...now };
  }
  return merged;
}
