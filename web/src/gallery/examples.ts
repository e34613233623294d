/**
 * What the page of live examples shows: each element with its attributes as controls, and the data it is fed with.
 *
 * Nobody is signed in there: people and times are made up in the page, and nothing is booked anywhere.
 */
import { ana, bo, cardWith, exampleScheduling } from "../../examples/scheduling.ts";
import type { AvailabilityEditorElement } from "../elements/availability-editor/availability-editor.element.ts";
import type { BookingCardElement } from "../elements/booking-card/booking-card.element.ts";
import type { BookingModalElement } from "../elements/booking-modal/booking-modal.element.ts";
import type { CancelDialogElement } from "../elements/cancel-dialog/cancel-dialog.element.ts";
import type { ScheduleButtonElement } from "../elements/schedule-button/schedule-button.element.ts";
import type { SlotPickerElement } from "../elements/slot-picker/slot-picker.element.ts";
import type { UpcomingElement } from "../elements/upcoming/upcoming.element.ts";
import { DAY, HOUR, MINUTE, toMillis, toUtc, wallToInstant, dayKey, addDays } from "../internal/time.ts";
import type { AvailabilityRules, Card, Slot } from "../internal/types.ts";

export type Control =
  | { attribute: string; kind: "text"; value: string }
  | { attribute: string; kind: "choice"; value: string; choices: readonly string[] }
  | { attribute: string; kind: "flag"; value: boolean };

export interface Example {
  tag: string;
  heading: string;
  about: string;
  controls: readonly Control[];
  /** Attributes that the snippet shows and the live element does not need, because it is fed by `feed`. */
  snippet: Readonly<Record<string, string>>;
  events: readonly string[];
  feed(element: HTMLElement): void;
  /** For elements that are not seen until something opens them. */
  open?(element: HTMLElement): void;
}

const ZONES = ["Europe/London", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"];
const base = { "base-url": "https://convene.example.com" };

/** A working day some days from now, at a time of its own on London's clocks. */
function soon(days: number, time: string): string {
  let day = addDays(dayKey(Date.now(), bo.tzid), days);
  while ([0, 6].includes(new Date(`${day}T12:00:00Z`).getUTCDay())) day = addDays(day, 1);
  return toUtc(wallToInstant(day, time, bo.tzid));
}

function meeting(id: string, title: string, start: string, change: Partial<Card> = {}): Card {
  return cardWith({ booking_id: id, title, start_utc: start, end_utc: toUtc(toMillis(start) + 30 * MINUTE), ...change });
}

const launch = (): Card => meeting("bkg_1", "Launch chat", soon(3, "14:30"));

function upcoming(): Card[] {
  const standUp = toUtc(Math.ceil((Date.now() + 4 * MINUTE) / (5 * MINUTE)) * 5 * MINUTE);
  return [meeting("bkg_2", "Stand-up", standUp), launch(), meeting("bkg_3", "Quarterly planning", soon(5, "11:00"))];
}

/** Half hours of the next working days, with gaps that depend on the day alone. */
function slots(): Slot[] {
  const mornings = new Set(Array.from({ length: 9 }, (_, number) => soon(number + 1, "09:00")));
  return [...mornings].flatMap((morning, day) =>
    Array.from({ length: 14 }, (_, half) => toMillis(morning) + half * 30 * MINUTE)
      .filter((_, half) => (half + day) % 3 !== 0)
      .map((start) => ({ start: toUtc(start), end: toUtc(start + 30 * MINUTE) })),
  );
}

const hours: AvailabilityRules = {
  tzid: bo.tzid,
  weekly_periods: [
    { day: "monday", start_time: "09:00", end_time: "12:00" },
    { day: "monday", start_time: "13:00", end_time: "17:30" },
    { day: "tuesday", start_time: "09:00", end_time: "17:30" },
    { day: "wednesday", start_time: "09:00", end_time: "17:30" },
    { day: "thursday", start_time: "09:00", end_time: "17:30" },
    { day: "friday", start_time: "09:00", end_time: "15:00" },
  ],
  date_overrides: [{ date: dayKey(Date.now() + 20 * DAY, bo.tzid), periods: [] }],
  buffer_before_minutes: 0,
  buffer_after_minutes: 10,
  minimum_notice_minutes: 60,
  horizon_days: 60,
  start_interval_minutes: 30,
  daily_limit: null,
  revision: 1,
};

export const examples: readonly Example[] = [
  {
    tag: "convene-schedule-button",
    heading: "Schedule button",
    about: "Opens the booking modal: a suggested time, or a day and a time, and it is booked. The modal is fetched on hover.",
    controls: [
      { attribute: "label", kind: "text", value: "" },
      { attribute: "variant", kind: "choice", value: "primary", choices: ["primary", "quiet", "plain"] },
      { attribute: "small", kind: "flag", value: false },
      { attribute: "can-ask", kind: "flag", value: false },
    ],
    snippet: { with: "acc_…", "with-name": "Ana Ruiz", "with-tzid": "America/New_York", me: "acc_…", "base-url": "/convene" },
    events: ["convene-booked", "convene-ask", "convene-close"],
    feed(element) {
      const button = element as ScheduleButtonElement;
      button.api = exampleScheduling({});
      button.viewer = bo;
      button.participants = [ana];
    },
  },
  {
    tag: "convene-slot-picker",
    heading: "Slot picker",
    about: "A day, then a time. With an element token and a query it asks for free times by itself, on a page of any origin.",
    controls: [
      { attribute: "tzid", kind: "choice", value: bo.tzid, choices: ZONES },
      { attribute: "other-tzid", kind: "choice", value: ana.tzid, choices: ["", ...ZONES] },
      { attribute: "other-name", kind: "text", value: "Ana" },
      { attribute: "heading", kind: "text", value: "" },
      { attribute: "loading", kind: "flag", value: false },
    ],
    snippet: {
      "element-token": "…",
      ...base,
      query: '{"participants":[{"members":[{"sub":"acc_…"}],"required":"all"}],"required_duration":{"minutes":30}}',
    },
    events: ["convene-slot-select", "convene-day-change", "convene-range-needed", "convene-error"],
    feed(element) {
      (element as SlotPickerElement).slots = slots();
    },
  },
  {
    tag: "convene-booking-card",
    heading: "Booking card",
    about: "A meeting as it is now: both clocks, who comes, and what can be done about it.",
    controls: [
      { attribute: "tzid", kind: "choice", value: bo.tzid, choices: ZONES },
      { attribute: "readonly", kind: "flag", value: false },
    ],
    snippet: { "booking-id": "bkg_…", viewer: bo.sub.replace("bo", "…"), "base-url": "/convene" },
    events: ["convene-join", "convene-reschedule", "convene-cancel", "convene-book-again"],
    feed(element) {
      const card = element as BookingCardElement;
      card.card = launch();
      card.viewer = bo.sub;
    },
  },
  {
    tag: "convene-upcoming",
    heading: "Upcoming meetings",
    about: "The next three. Join appears ten minutes before and stays until the end.",
    controls: [
      { attribute: "state", kind: "choice", value: "ready", choices: ["ready", "loading", "error"] },
      { attribute: "tzid", kind: "choice", value: bo.tzid, choices: ZONES },
      { attribute: "offline", kind: "flag", value: false },
      { attribute: "no-heading", kind: "flag", value: false },
    ],
    snippet: { viewer: "acc_…", "base-url": "/convene" },
    events: ["convene-open", "convene-join", "convene-schedule", "convene-retry"],
    feed(element) {
      const list = element as UpcomingElement;
      list.items = upcoming();
      list.viewer = bo.sub;
    },
  },
  {
    tag: "convene-availability-editor",
    heading: "Availability editor",
    about: "Working hours as rows. With an element token it reads and writes a rule by itself, on a page of any origin.",
    controls: [
      { attribute: "saving", kind: "flag", value: false },
      { attribute: "problem", kind: "text", value: "" },
    ],
    snippet: { "element-token": "…", ...base, "rule-id": "default" },
    events: ["convene-save", "convene-saved", "convene-error"],
    feed(element) {
      const editor = element as AvailabilityEditorElement;
      editor.rules = structuredClone(hours);
      editor.addEventListener("convene-save", (event) => {
        editor.rules = (event as CustomEvent<{ rules: AvailabilityRules }>).detail.rules;
      });
    },
  },
  {
    tag: "convene-booking-modal",
    heading: "Booking modal",
    about: "What the button opens. With a meeting in its property booking it moves that one.",
    controls: [{ attribute: "can-ask", kind: "flag", value: false }],
    snippet: {},
    events: ["convene-booked", "convene-moved", "convene-ask", "convene-close"],
    feed(element) {
      const modal = element as BookingModalElement;
      modal.api = exampleScheduling({});
      modal.me = bo;
      modal.participants = [ana];
      modal.booking = launch();
    },
    open: (element) => (element as BookingModalElement).show(),
  },
  {
    tag: "convene-cancel-dialog",
    heading: "Cancel dialog",
    about: "Asks before a meeting is cancelled, and for the reason.",
    controls: [{ attribute: "tzid", kind: "choice", value: bo.tzid, choices: ZONES }],
    snippet: {},
    events: ["convene-cancelled", "convene-close"],
    feed(element) {
      const dialog = element as CancelDialogElement;
      dialog.api = exampleScheduling({});
      dialog.card = launch();
      dialog.viewer = bo.sub;
    },
    open: (element) => (element as CancelDialogElement).show(),
  },
  {
    tag: "convene-dual-time",
    heading: "Dual time",
    about: "One moment on two clocks.",
    controls: [
      { attribute: "start", kind: "text", value: toUtc(toMillis(soon(3, "23:00")) + HOUR / 2) },
      { attribute: "tzid", kind: "choice", value: bo.tzid, choices: ZONES },
      { attribute: "other-tzid", kind: "choice", value: "Pacific/Auckland", choices: ["", ...ZONES] },
      { attribute: "other-name", kind: "text", value: "Kiri" },
      { attribute: "with-day", kind: "flag", value: true },
    ],
    snippet: {},
    events: [],
    feed: () => undefined,
  },
];
