/** A scheduling service that lives in the page: the example page's data, with a switch for each thing that can happen. */
import { ApiError } from "../src/internal/api-client.ts";
import type { AvailabilityQuery, SchedulingApi } from "../src/internal/scheduling-api.ts";
import { MINUTE, dayKey, offsetMinutes, toMillis, toUtc, wallTime, weekdayOf } from "../src/internal/time.ts";
import type { Availability, Booking, Card, ParticipantState, Slot } from "../src/internal/types.ts";
import { findTransitions } from "../src/internal/zones.ts";

export const bo = { sub: "acc_bo", name: "Bo Lind", tzid: "Europe/London" };
export const ana = { sub: "acc_ana", name: "Ana Ruiz", tzid: "America/New_York" };
export const kiri = { sub: "acc_kiri", name: "Kiri Tane", tzid: "Pacific/Auckland" };
export const cas = { sub: "acc_cas", name: "Cas Mora", tzid: "Europe/Lisbon" };

/** What the service does when asked; the page reads it from its address. */
export interface Faults {
  other?: typeof bo;
  state?: ParticipantState;
  empty?: boolean;
  never?: boolean;
  fails?: ApiError;
  taken?: boolean;
  stale?: boolean;
  slowBook?: boolean;
  asOf?: string;
  /** Starts that have meanwhile gone. */
  gone?: Set<string>;
}

export function exampleScheduling(faults: Faults): SchedulingApi {
  const other = faults.other ?? ana;
  let booked = 0;
  const answer = (start: string, durationMinutes: number, title: string): Booking =>
    bookingOf(cardWith({ start_utc: start, end_utc: toUtc(toMillis(start) + durationMinutes * MINUTE), title }));
  return {
    async availability(query) {
      if (faults.never) return new Promise(() => undefined);
      if (faults.fails) throw faults.fails;
      return availability(query, other, faults);
    },
    async book(request) {
      if (faults.slowBook) await new Promise((resolve) => setTimeout(resolve, 60_000));
      if (faults.taken && booked++ === 0) {
        (faults.gone ??= new Set()).add(request.start);
        throw new ApiError(409, { code: "slot_taken", detail: "This time was just taken.", alternatives: [] });
      }
      return answer(request.start, request.durationMinutes, request.title);
    },
    async reschedule(request) {
      if (faults.stale && booked++ === 0) throw new ApiError(412, { code: "stale", detail: "Changed.", revision: 2 });
      return answer(request.start, request.durationMinutes ?? 30, "Launch chat");
    },
    async cancel() {
      if (faults.stale) throw new ApiError(412, { code: "stale", detail: "Changed meanwhile.", revision: 2 });
      return { ...answer("2026-11-24T14:30:00Z", 30, "Launch chat"), state: "cancelled" };
    },
    async booking() {
      const moved = cardWith({
        revision: 2,
        start_utc: "2026-11-25T15:00:00Z",
        end_utc: "2026-11-25T15:30:00Z",
        changed_by_name: "Ana Ruiz",
      });
      return bookingOf(moved);
    },
  };
}

function availability(query: AvailabilityQuery, other: typeof bo, faults: Faults): Availability {
  const state = faults.state ?? "ok";
  const slots = state === "ok" || state === "no_calendar" ? slotsOf(query, other, faults) : [];
  const from = query.from;
  const suggestions = [slots[1], slots.find((slot) => dayKey(slot.start, other.tzid) > dayKey(slots[1]!.start, other.tzid)), slots[25]]
    .filter((slot): slot is Slot => slot !== undefined)
    .map(({ start, end }, index) => ({ start, end, reason: ["soonest", "both_in_hours", "keeps_a_long_block"][index] ?? "" }));
  return {
    slots,
    participants: [
      {
        ...other,
        state,
        detail: state === "unknown" ? "Outlook, since 09:10" : "",
        as_of: faults.asOf ?? toUtc(Date.now()),
        ...(query.includeBusy ? { busy: state === "ok" ? busyOf(query, other, 0) : null } : {}),
      },
      ...(query.includeBusy ? [viewersWeek(query)] : []),
    ],
    zones: [bo.tzid, other.tzid].map((tzid) => ({
      tzid,
      offset_minutes: offsetMinutes(from, tzid),
      transitions: findTransitions(tzid, from, query.to),
    })),
    suggestions,
    next_free: slots[0]?.start ?? (faults.empty ? "2026-12-18T15:00:00Z" : null),
    as_of: toUtc(Date.now()),
  };
}

/** Weekdays nine to five on the other's clock, with some meetings that depend on the day alone. */
function slotsOf(query: AvailabilityQuery, other: typeof bo, faults: Faults): Slot[] {
  if (faults.empty && query.from < "2026-12-15") return [];
  const slots: Slot[] = [];
  const duration = query.durationMinutes * MINUTE;
  for (let at = toMillis(query.from); at < toMillis(query.to); at += 30 * MINUTE) {
    const day = dayKey(at, other.tzid);
    const { hour, minute } = wallTime(at, other.tzid);
    const date = Number(day.slice(8));
    const isBusy = (hour * 2 + minute / 30 + date * 7) % 5 === 0 || date === 25;
    const isWork = weekdayOf(day) <= 5 && hour >= 9 && hour * 60 + minute + query.durationMinutes <= 17 * 60;
    const start = toUtc(at);
    if (!isWork || isBusy || at < Date.now() + 60 * MINUTE || faults.gone?.has(start)) continue;
    const mine = wallTime(at, bo.tzid);
    const outside = mine.hour < 8 || mine.hour >= 19;
    slots.push({ start, end: toUtc(at + duration), ...(outside ? { outside_hours: [bo.sub] } : {}) });
  }
  return slots;
}

/** When somebody is not free at work: some half hours, which depend on the day alone. */
function busyOf(query: AvailabilityQuery, who: typeof bo, shift: number): { start: string; end: string; kind: "busy" | "tentative" }[] {
  const found: ReturnType<typeof busyOf> = [];
  for (let at = toMillis(query.from); at < toMillis(query.to); at += 30 * MINUTE) {
    const day = dayKey(at, who.tzid);
    const { hour, minute } = wallTime(at, who.tzid);
    const date = Number(day.slice(8));
    if (weekdayOf(day) > 5 || hour < 9 || hour >= 17 || (hour * 2 + minute / 30 + date * 7 + shift) % 5 !== 0) continue;
    found.push({ start: toUtc(at), end: toUtc(at + 30 * MINUTE), kind: date % 4 === 0 ? "tentative" : "busy" });
  }
  return found;
}

function viewersWeek(query: AvailabilityQuery): Availability["participants"][number] {
  const hours: { start: string; end: string }[] = [];
  for (let at = toMillis(query.from); at < toMillis(query.to); at += 30 * MINUTE) {
    const { hour, minute } = wallTime(at, bo.tzid);
    if (hour === 8 && minute === 0) hours.push({ start: toUtc(at), end: toUtc(at + 11 * 60 * MINUTE) });
  }
  return { ...bo, state: "ok", detail: "", as_of: toUtc(Date.now()), busy: busyOf(query, bo, 2), working_hours: hours };
}

export function cardWith(change: Partial<Card> = {}): Card {
  return {
    schema: 1,
    booking_id: "bkg_1",
    organization_id: "org_1",
    revision: 1,
    sync_revision: 1,
    state: "confirmed",
    title: "Launch chat",
    note: "",
    start_utc: "2026-11-24T14:30:00Z",
    end_utc: "2026-11-24T15:00:00Z",
    duration_min: 30,
    organizer_id: bo.sub,
    host_tz: bo.tzid,
    participants: [person(bo, "host", "Work"), person(ana, "guest", "Work")],
    conferencing: { provider: "jitsi", join_url: "https://meet.example/launch" },
    previous: null,
    reason: "",
    changed_by: bo.sub,
    changed_by_name: bo.name,
    changed_at: "2026-11-20T11:40:00Z",
    links: {
      manage: "/bookings/bkg_1",
      ics: "/api/bookings/bkg_1/calendar.ics",
      google: "https://calendar.google.com/calendar/render?action=TEMPLATE",
      outlook: "https://outlook.live.com/calendar/0/deeplink/compose",
      office365: "https://outlook.office.com/calendar/0/deeplink/compose",
      yahoo: "https://calendar.yahoo.com/",
    },
    ...change,
  };
}

export function person(who: typeof bo, role: "host" | "guest", calendar: string): Card["participants"][number] {
  return {
    user_id: who.sub,
    display_name: who.name,
    tz: who.tzid,
    role,
    rsvp: "accepted",
    calendar: { state: "written", name: calendar, detail: "", changed_at: null },
  };
}

function bookingOf(card: Card): Booking {
  return {
    booking_id: card.booking_id,
    organization_id: card.organization_id,
    revision: card.revision,
    sync_revision: card.sync_revision,
    state: card.state,
    title: card.title,
    note: card.note,
    start: card.start_utc,
    end: card.end_utc,
    duration_minutes: card.duration_min,
    organizer_id: card.organizer_id,
    tzid: card.host_tz,
    participants: card.participants.map((member) => ({
      sub: member.user_id,
      name: member.display_name,
      tzid: member.tz,
      role: member.role === "host" ? "organizer" : "attendee",
      rsvp: member.rsvp,
      calendar: member.calendar,
    })),
    conferencing: card.conferencing,
    previous: null,
    reason: card.reason,
    changed_by: card.changed_by,
    changed_by_name: card.changed_by_name,
    changed_at: card.changed_at,
    created_at: card.changed_at,
    origin: {},
    links: card.links,
  };
}
