/** The hours editor's sentences. They arrive with it, so that the other elements do not grow; `setStrings` replaces them too. */
import { type Strings, strings } from "../../internal/strings.ts";

const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

export const hoursEnglish = {
  workingHours: "Working hours",
  weekly: "Weekly hours",
  unavailable: "Unavailable",
  dayOff: "Day off",
  startOf: (day: string) => `${day}, from`,
  endOf: (day: string) => `${day}, until`,
  addPeriod: (day: string) => `Add hours on ${day}`,
  removePeriod: (day: string, from: string, to: string) => `Remove ${from} to ${to} on ${day}`,
  copyTo: "Copy to…",
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
  overridesHint: "Days that differ from the week: holidays, travel, a late evening.",
  noOverrides: "No dates differ from the week.",
  addDate: "Add a date",
  overrideDate: "Date",
  removeDate: (day: string) => `Remove ${day}`,
  duplicateDate: "This date is listed twice.",
  missingDate: "Choose a date.",
  addHours: "Add hours",
  bookingRules: "Booking rules",
  noticeLabel: "Shortest notice",
  bufferBefore: "Buffer before",
  bufferAfter: "Buffer after",
  stepLabel: "Times start every",
  horizonLabel: "Bookable ahead",
  daysUnit: "days",
  dayCount: (count: number) => plural(count, "day", "days"),
  limitLabel: "Meetings per day",
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
