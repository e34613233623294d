/**
 * The example page: every element in every state, without a server. `?state=taken` shows one state of the modal;
 * without it, the page lists the states and shows cards, upcoming meetings, the picker and the hours editor.
 */
import "../src/elements/index.ts";
import "../src/elements/toast/toast.ts";
import { html, render } from "lit";
import type { BookingModalElement } from "../src/elements/booking-modal/booking-modal.ts";
import type { CancelDialogElement } from "../src/elements/cancel-dialog/cancel-dialog.ts";
import { ApiError } from "../src/internal/api-client.ts";
import type { AvailabilityRules, Card } from "../src/internal/types.ts";
import { type Faults, ana, bo, cardWith, cas, exampleScheduling, kiri, person } from "./scheduling.ts";

const page = new URLSearchParams(location.search);
const offline = new ApiError(0, { code: "network", detail: "The server could not be reached." });

const states: Record<string, Faults & { booking?: Card }> = {
  ready: {},
  loading: { never: true },
  error: { fails: offline },
  forbidden: { fails: new ApiError(403, { code: "forbidden", detail: "You may not see Ana’s free times." }) },
  "not-shared": { state: "not_shared" },
  unknown: { state: "unknown" },
  "no-calendar": { state: "no_calendar" },
  old: { asOf: "2026-11-20T09:00:00Z" },
  empty: { empty: true },
  taken: { taken: true },
  saving: { slowBook: true },
  auckland: { other: kiri },
  "same-zone": { other: cas },
  clocks: {},
  group: {},
  move: { booking: cardWith() },
  "move-stale": { booking: cardWith(), stale: true },
};

const rules: AvailabilityRules = {
  tzid: "Europe/London",
  weekly_periods: [
    { day: "monday", start_time: "09:00", end_time: "12:00" },
    { day: "monday", start_time: "13:00", end_time: "17:30" },
    { day: "tuesday", start_time: "09:00", end_time: "17:30" },
    { day: "wednesday", start_time: "09:00", end_time: "17:30" },
    { day: "thursday", start_time: "09:00", end_time: "17:30" },
    { day: "friday", start_time: "09:00", end_time: "15:00" },
  ],
  date_overrides: [
    { date: "2026-12-24", periods: [] },
    { date: "2026-11-27", periods: [{ start_time: "10:00", end_time: "14:00" }] },
  ],
  buffer_before_minutes: 0,
  buffer_after_minutes: 10,
  minimum_notice_minutes: 60,
  horizon_days: 60,
  start_interval_minutes: 30,
  daily_limit: null,
  revision: 3,
};

const moved = cardWith({
  booking_id: "bkg_2",
  state: "rescheduled",
  start_utc: "2026-11-25T15:00:00Z",
  end_utc: "2026-11-25T15:30:00Z",
  previous: { start_utc: "2026-11-24T14:30:00Z", end_utc: "2026-11-24T15:00:00Z" },
  changed_by: ana.sub,
  changed_by_name: ana.name,
  reason: "clash with the board",
});
const receiptsCard = cardWith({
  booking_id: "bkg_3",
  title: "Quarterly planning with a title long enough to need a second line",
  note: "Bring the numbers.\nRoom 4 if you are in the office.",
  participants: [
    person(bo, "host", "Work"),
    { ...person(ana, "guest", ""), calendar: { state: "retrying", name: "", detail: "", changed_at: null } },
    { ...person(kiri, "guest", "Team"), calendar: { state: "failed", name: "Team", detail: "sign-in expired", changed_at: null } },
  ],
});
const cancelled = cardWith({ booking_id: "bkg_4", state: "cancelled", reason: "sick today", changed_by: ana.sub, changed_by_name: ana.name });
const soon = cardWith({ booking_id: "bkg_5", title: "Stand-up", start_utc: "2026-11-20T12:18:00Z", end_utc: "2026-11-20T12:33:00Z" });
const ended = cardWith({ booking_id: "bkg_6", start_utc: "2026-11-19T12:18:00Z", end_utc: "2026-11-19T12:33:00Z" });

function modalFor(name: string): BookingModalElement {
  const faults = states[name] ?? {};
  const modal = document.createElement("convene-booking-modal");
  modal.api = exampleScheduling(faults);
  modal.me = bo;
  modal.participants = name === "group" ? [ana, cas] : [faults.other ?? ana];
  modal.candidates = name === "group" ? [ana, cas, kiri] : [];
  modal.booking = faults.booking ?? null;
  modal.canAsk = true;
  modal.tabIndex = -1;
  document.body.append(modal);
  return modal;
}

function open(name: string): void {
  const modal = modalFor(name);
  modal.addEventListener("convene-close", () => modal.remove());
  void modal.updateComplete.then(() => modal.show());
}

function cancel(): void {
  const dialog: CancelDialogElement = document.createElement("convene-cancel-dialog");
  dialog.api = exampleScheduling({ stale: page.has("stale") });
  dialog.card = cardWith();
  dialog.viewer = bo.sub;
  dialog.tzid = bo.tzid;
  document.body.append(dialog);
  void dialog.updateComplete.then(() => dialog.show());
}

const card = (value: Card, viewer = bo) =>
  html`<convene-booking-card .card=${value} viewer=${viewer.sub} tzid=${viewer.tzid}></convene-booking-card>`;

const content = html`
  <style>
    main {
      display: grid;
      gap: 2rem;
      max-inline-size: 62rem;
      margin: 0 auto;
      padding: 1rem;
    }
    .grid {
      display: grid;
      grid-template-columns: repeat(auto-fill, minmax(min(26rem, 100%), 1fr));
      gap: 1rem;
      align-items: start;
    }
    p a {
      display: inline-block;
      padding: 0.2rem 0.4rem;
    }
    .pane {
      max-inline-size: 20rem;
    }
  </style>
  <main>
    <h1>Convene elements</h1>
    <p>
      <convene-schedule-button
        id="schedule"
        .api=${exampleScheduling({})}
        .viewer=${bo}
        .participants=${[ana]}
        @convene-booked=${(event: CustomEvent) => {
          document.querySelector("cv-toast")?.show({ text: `Booked ${event.detail.booking.title}`, actionLabel: "Undo" });
        }}
      ></convene-schedule-button>
      ${Object.keys(states).map((name) => html`<a href="?state=${name}">${name}</a> `)}
      <a href="?state=cancel">cancel</a>
    </p>
    <section class="grid" id="cards">
      ${[cardWith(), moved, receiptsCard, cancelled, soon, ended].map((value) => card(value))}
    </section>
    <section class="grid">
      <div class="pane"><convene-upcoming .items=${[soon, cardWith(), moved, cancelled]} viewer=${bo.sub} tzid=${bo.tzid}></convene-upcoming></div>
      <div class="pane"><convene-upcoming .items=${[]} viewer=${bo.sub} offline></convene-upcoming></div>
      <div class="pane"><convene-upcoming state="error"></convene-upcoming></div>
      <div class="pane"><convene-upcoming state="loading"></convene-upcoming></div>
    </section>
    <p>
      <convene-dual-time start="2026-11-24T23:30:00Z" tzid="Europe/London" other-tzid="Pacific/Auckland" other-name="Kiri" with-day></convene-dual-time>
    </p>
    <convene-availability-editor id="editor" .rules=${rules}></convene-availability-editor>
    <cv-toast></cv-toast>
  </main>
`;

if (page.has("dir")) document.documentElement.dir = page.get("dir") ?? "ltr";
render(content, document.body);
const wanted = page.get("state");
if (wanted === "cancel") cancel();
else if (wanted) open(wanted);
