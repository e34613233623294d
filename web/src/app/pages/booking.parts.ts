/** The parts of the booking page: what, when, with whom, on which calendars, and how it came to be so. */
import { type TemplateResult, html, nothing } from "lit";
import { type IconName, icon } from "../../internal/icons.ts";
import {
  formatDayOf,
  formatDuration,
  formatTime,
  formatTimeRange,
  sameOffsets,
  zoneLabel,
} from "../../internal/time.ts";
import { isOff } from "../../internal/meeting.ts";
import type { Booking, BookingGuest, BookingHistoryEntry, BookingParticipant } from "../../internal/types.ts";
import { avatar } from "../ui/parts.ts";

/** A booking as one viewer reads it. */
export interface BookingView {
  booking: Booking;
  tzid: string;
  locale: string;
  me: string;
}

type Status = { label: string; look: string; icon: IconName };

function status(booking: Booking): Status {
  if (booking.state === "cancelled") return { label: "Cancelled", look: "danger", icon: "cross" };
  if (booking.state === "declined") return { label: "Declined", look: "danger", icon: "cross" };
  if (booking.state === "requested") return { label: "Requested", look: "warning", icon: "clock" };
  if (Date.parse(booking.end) <= Date.now()) return { label: "Ended", look: "", icon: "check" };
  if (Date.parse(booking.start) <= Date.now()) return { label: "Happening now", look: "ok", icon: "clock" };
  if (booking.previous !== null) return { label: "Moved", look: "warning", icon: "moved" };
  return { label: "Confirmed", look: "ok", icon: "checkCircle" };
}

export function head(view: BookingView): TemplateResult {
  const { booking, tzid, locale } = view;
  const { label, look, icon: mark } = status(booking);
  return html`
    <span class="chip ${look}">${icon(mark)}${label}</span>
    <h1 id="title">${booking.title}</h1>
    <div>
      <p class="when">
        ${formatDayOf(booking.start, tzid, locale, "full")},
        <span class="time">${formatTimeRange(booking.start, booking.end, tzid, locale)}</span>
      </p>
      <p class="muted">${zoneLabel(tzid, booking.start)}, your time · ${formatDuration(booking.duration_minutes)}</p>
      ${booking.series ? html`<p class="muted">Meeting ${booking.series.number} of ${booking.series.count} that were booked together</p>` : nothing}
      ${booking.resources?.length ? html`<p>Room: ${booking.resources.map((room) => room.name).join(", ")}</p>` : nothing}
      ${booking.previous === null ? nothing : html`<p class="was">Before: <s>${moment(view, booking.previous.start)}</s></p>`}
      ${isOff(booking) ? cancelled(view) : nothing}
    </div>
  `;
}

function cancelled({ booking, tzid, locale }: BookingView): TemplateResult {
  const reason = booking.reason ? html`: “${booking.reason}”` : ".";
  const by = booking.changed_by_name ? ` by ${booking.changed_by_name}` : "";
  return html`<p>
    ${booking.state === "declined" ? "Declined" : "Cancelled"}${by} on ${formatDayOf(booking.changed_at, tzid, locale)}${reason}
  </p>`;
}

function moment({ tzid, locale }: BookingView, at: string): string {
  return `${formatDayOf(at, tzid, locale)}, ${formatTime(at, tzid, locale)}`;
}

/** The time alone if it is today, else with its day. */
function clockOf(view: BookingView, at: string): string {
  const day = (instant: string | number): string => formatDayOf(instant, view.tzid, view.locale);
  return day(at) === day(Date.now()) ? `at ${formatTime(at, view.tzid, view.locale)}` : moment(view, at);
}

export function note({ booking }: BookingView): TemplateResult {
  return html`<section class="panel" aria-labelledby="note">
    <h2 id="note">Note</h2>
    <p class="note">${booking.note}</p>
  </section>`;
}

export function participants(view: BookingView): TemplateResult {
  return html`<section class="panel" aria-labelledby="people">
    <h2 id="people">People and calendars</h2>
    ${view.booking.seats ? html`<p class="seats muted">${view.booking.guests?.length ?? 0} of ${view.booking.seats} seats are taken.</p>` : nothing}
    <ul class="rows">
      ${view.booking.participants.map((person) => html`<li>${participant(view, person)}</li>`)}
      ${view.booking.guests?.map((person) => html`<li>${guest(view, person)}</li>`)}
    </ul>
  </section>`;
}

function participant(view: BookingView, person: BookingParticipant): TemplateResult {
  const { booking, locale, tzid, me } = view;
  const role = person.role === "organizer" ? "Organiser" : "Attendee";
  const isMine = person.sub === me || sameOffsets([booking.start], person.tzid, tzid);
  const day = formatDayOf(booking.start, person.tzid, locale, "medium");
  const isOtherDay = day !== formatDayOf(booking.start, tzid, locale, "medium");
  return html`<div class="person">
    ${avatar(person)}
    <div>
      <p class="name"><bdi>${person.name}</bdi>${person.sub === me ? " (you)" : ""}</p>
      <p class="small muted">${role}</p>
    </div>
    <div class="clock small">
      <strong>${isOtherDay ? `${day}, ` : ""}${formatTimeRange(booking.start, booking.end, person.tzid, locale)}</strong><br />
      <span class="muted">${zoneLabel(person.tzid, booking.start)}${isMine && person.sub !== me ? ", as for you" : ""}</span>
    </div>
    ${receipt(view, person)}
  </div>`;
}

/** Somebody from outside, who booked through a link. */
function guest({ booking, locale, tzid }: BookingView, person: BookingGuest): TemplateResult {
  const day = formatDayOf(booking.start, person.tzid, locale, "medium");
  const isOtherDay = day !== formatDayOf(booking.start, tzid, locale, "medium");
  return html`<div class="person">
    ${avatar({ sub: person.email, name: person.name })}
    <div>
      <p class="name"><bdi>${person.name}</bdi></p>
      <p class="small muted">Guest${person.email ? html`, <a href="mailto:${person.email}">${person.email}</a>` : nothing}</p>
    </div>
    <div class="clock small">
      <strong>${isOtherDay ? `${day}, ` : ""}${formatTimeRange(booking.start, booking.end, person.tzid, locale)}</strong><br />
      <span class="muted">${zoneLabel(person.tzid, booking.start)}</span>
    </div>
  </div>`;
}

const SERVICES: Readonly<Record<string, string>> = { google: "Google", microsoft: "Microsoft 365" };

/** What became of the meeting on this person's own calendar. */
function receipt(view: BookingView, person: BookingParticipant): TemplateResult | typeof nothing {
  const { calendar } = person;
  if (calendar === null || view.booking.state === "requested" || view.booking.state === "declined") return nothing;
  const service = SERVICES[calendar.service ?? ""];
  const name = `${calendar.name ? `“${calendar.name}”` : "the connected calendar"}${service ? ` at ${service}` : ""}`;
  const again = calendar.next_try_at ? ` Next try ${clockOf(view, calendar.next_try_at)}.` : "";
  const isGone = view.booking.state === "cancelled";
  const words: Record<string, [IconName, string]> = {
    builtin: ["calendar", "Kept in Convene; no other calendar is connected."],
    pending: ["sync", isGone ? `Being removed from ${name}.` : `Being written to ${name}.`],
    retrying: ["sync", `${isGone ? "Not yet removed from" : "Not yet in"} ${name}; Convene keeps trying.${again}`],
    written: ["check", isGone ? `Removed from ${name}.` : `In ${name}.`],
    failed: ["warning", `${isGone ? "Could not be removed from" : "Could not be written to"} ${name}.`],
  };
  const [mark, text] = words[calendar.state] ?? ["calendar", calendar.state];
  return html`<p class="receipt ${calendar.state}">${icon(mark)}<span>${text} ${calendar.detail}</span></p>`;
}

const ACTIONS: Record<string, { text: string; icon: IconName }> = {
  requested: { text: "asked for it", icon: "clock" },
  confirmed: { text: "booked it", icon: "checkCircle" },
  declined: { text: "declined it", icon: "cross" },
  rescheduled: { text: "moved it", icon: "moved" },
  cancelled: { text: "cancelled it", icon: "cross" },
  joined: { text: "took a seat", icon: "checkCircle" },
  left: { text: "gave up a seat", icon: "cross" },
  edited: { text: "changed what it says", icon: "info" },
};

export function history(view: BookingView): TemplateResult | typeof nothing {
  const entries = [...(view.booking.history ?? [])].sort((a, b) => b.revision - a.revision);
  if (entries.length === 0) return nothing;
  return html`<section class="panel" aria-labelledby="history">
    <h2 id="history">History</h2>
    <ol class="rows history">
      ${entries.map((entry) => html`<li>${historyEntry(view, entry)}</li>`)}
    </ol>
  </section>`;
}

function historyEntry(view: BookingView, entry: BookingHistoryEntry): TemplateResult {
  const wasAsked = view.booking.history?.some((one) => one.action === "requested") ?? false;
  const known = ACTIONS[entry.action] ?? { text: entry.action, icon: "info" as IconName };
  const action = wasAsked && entry.action === "confirmed" ? { ...known, text: "accepted it" } : known;
  const isFirst = entry.action === "requested" || (entry.action === "confirmed" && !wasAsked);
  const to = entry.action === "rescheduled" ? ` to ${moment(view, entry.start)}` : isFirst ? ` for ${moment(view, entry.start)}` : "";
  return html`${icon(action.icon)}
    <div>
      <p><strong>${entry.actor_name || "Convene"}</strong> ${action.text}${to}</p>
      <p class="small muted">
        <time datetime=${entry.at}>${moment(view, entry.at)}</time>${entry.reason ? html` · “${entry.reason}”` : nothing}
      </p>
    </div>`;
}
