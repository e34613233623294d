/** The hours editor's sentences. They arrive with it, so that the other elements do not grow; `setStrings` replaces them too. */
import { type Strings, strings } from "../../internal/strings.ts";

const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

export const hoursEnglish = {
  weekly: "Weekly hours",
  unavailable: "Unavailable",
  dayOff: "Day off",
  startOf: (day: string) => `${day}, from`,
  endOf: (day: string) => `${day}, until`,
  addPeriod: (day: string) => `Add hours on ${day}`,
  removePeriod: (day: string, from: string, to: string) => `Remove ${from} to ${to} on ${day}`,
  copyDayTo: (day: string) => `Copy ${day}’s hours to…`,
  copyWeekdays: "Working days",
  copyEveryDay: "Every day",
  hoursCopied: (day: string) => `${day}’s hours copied.`,
  periodProblem: {
    missing: "Give both times.",
    end_before_start: "The end is before the start.",
    overlap: "These hours overlap with others of this day.",
  },
  endsNextDay: "Ends the next day",
  overrides: "Date overrides",
  overridesHint: "Days that differ from the week: holidays, a late evening.",
  noOverrides: "No dates differ from the week.",
  addDate: "Add a date",
  overrideDate: "Date",
  removeDate: (day: string) => `Remove ${day}`,
  duplicateDate: "This date is listed twice.",
  missingDate: "Choose a date.",
  bookingRules: "Booking rules",
  noticeLabel: "Shortest notice",
  bufferBefore: "Buffer before",
  bufferAfter: "Buffer after",
  stepLabel: "Times start every",
  horizonLabel: "Bookable ahead",
  daysUnit: "days",
  dayCount: (count: number) => plural(count, "day", "days"),
  limitLabel: "Meetings per day",
  weeklyLimitLabel: "Meetings per week",
  importHolidays: "Import public holidays",
  timeOff: "Time off",
  timeOffHint: "Nobody can book you then. Your note is shown to nobody else.",
  noTimeOff: "No time off is planned.",
  addTimeOff: "Add time off",
  removeTimeOff: (name: string) => `Remove ${name}`,
  timeOffFrom: "First day off",
  timeOffUntil: "Last day off",
  wholeDays: "Whole days",
  fromTime: "From",
  untilTime: "Until",
  noteLabel: "Note",
  notePlaceholder: "Only you see this",
  travel: "Travel",
  travelHint: "On these days your hours are read from the clocks there.",
  noTravel: "No travel is planned.",
  addTravel: "Add travel",
  removeTravel: (name: string) => `Remove ${name}`,
  travelFrom: "First day there",
  travelUntil: "Last day there",
  stretchProblem: {
    missing: "Fill in every field.",
    end_before_start: "The end is before the start.",
    overlap: "You are somewhere else on one of these days.",
  },
  preview: "What others are offered",
  previewHint: "Your next free half hours, with what was saved last.",
  previewEmpty: "Nothing in the next two weeks.",
  noLimit: "No limit",
  none: "None",
  bufferPicture: (before: string, after: string) => `${before} free before, ${after} free after each meeting`,
  meeting: "Meeting",
  weekPicture: "The week at a glance",
  unsaved: "Unsaved changes",
  fixFirst: "Fix the marked hours first.",
  saving: "Saving…",
  saved: "Saved.",
};

export type HoursStrings = typeof hoursEnglish;

/** The sentences in use, the common ones among them. */
export function hoursStrings(): Strings & HoursStrings {
  const words = strings();
  return { ...words, ...hoursEnglish, ...(words as Partial<HoursStrings>) };
}
