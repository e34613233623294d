/** The overlay's sentences. They arrive with it, so that the modal does not grow; `setStrings` replaces them too. */
import { strings } from "../../internal/strings.ts";

const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

export const overlayEnglish = {
  weekHeading: (names: string) => `When ${names} are free`,
  previousWeek: "Previous week",
  nextWeek: "Next week",
  weekLoading: "Checking the calendars…",
  weekLoaded: (week: string, count: number) => `${week}: ${plural(count, "time", "times")}`,
  weekFailed: "This week could not be loaded.",
  weekEmpty: "No time suits everybody in this week.",
  weekNotShared: (name: string) => `${name} does not share when they are free, so their time is not drawn.`,
  weekUnknown: (name: string, detail: string) => `${detail || `${name}’s calendar could not be read.`} Their time is not drawn.`,
  weekYoursUnknown: (detail: string) => `${detail || "Your calendar could not be read."} Your time is not drawn.`,
  weekNoCalendar: (name: string) => `${name} has no calendar connected: only meetings made here are drawn.`,
  legend: "What the patterns mean",
  legendYou: "You are busy",
  legendThem: (name: string) => `${name} is busy`,
  legendAnybody: "Somebody is busy",
  legendSlot: "Can be booked",
  legendOutside: "Can be booked, outside your hours",
  legendClosed: "Past, or outside your hours",
  legendUnknown: "Not known",
  weekYou: "You",
  busyYou: (time: string) => `You are busy, ${time}`,
  busyThem: (names: string, count: number, time: string) => `${names} ${count === 1 ? "is" : "are"} busy, ${time}`,
  tentativeYou: (time: string) => `You are perhaps busy, ${time}`,
  tentativeThem: (names: string, count: number, time: string) =>
    `${names} ${count === 1 ? "is" : "are"} perhaps busy, ${time}`,
  perhaps: (name: string) => `${name}?`,
  notKnown: (name: string) => `${name}: not known`,
  nothingThisDay: "Nothing to book",
  pastDay: "Past",
  chosenMark: "chosen",
  pressTime: "Press a time to choose it.",
  done: "Done",
};

export type OverlayStrings = typeof overlayEnglish;

/** The sentences in use. */
export function overlayStrings(): OverlayStrings {
  return { ...overlayEnglish, ...(strings() as Partial<OverlayStrings>) };
}
