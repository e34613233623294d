/** The wire's shapes that elements share: `/api` (docs/reference/http-api.md) and the booking card (schema 1). */

export type CalendarState = "builtin" | "pending" | "retrying" | "written" | "failed";
export type Rsvp = "needs_action" | "accepted" | "declined" | "tentative";

export interface CalendarReceipt {
  state: CalendarState;
  name: string;
  detail: string;
  changed_at: string | null;
  /** The kind of the connection: `google`, `microsoft`, `caldav`; empty where nothing is connected. */
  service?: string;
  /** When what failed is tried again. */
  next_try_at?: string | null;
}

export interface BookingLinks {
  manage?: string;
  reschedule?: string;
  cancel?: string;
  ics?: string;
  google?: string;
  outlook?: string;
  office365?: string;
  yahoo?: string;
}

export interface Conferencing {
  provider: string;
  join_url: string;
}

export interface CardParticipant {
  user_id: string;
  display_name: string;
  tz: string;
  role: "host" | "guest";
  rsvp: Rsvp;
  calendar: CalendarReceipt | null;
}

/** A booking as a conversation shows it; `(revision, sync_revision)` orders snapshots. */
export interface Card {
  schema: 1;
  booking_id: string;
  organization_id: string;
  revision: number;
  sync_revision: number;
  /** `requested`: a host has yet to accept it; `declined`: none did. */
  state: "requested" | "confirmed" | "rescheduled" | "declined" | "cancelled";
  title: string;
  note: string;
  start_utc: string;
  end_utc: string;
  duration_min: number;
  organizer_id: string;
  host_tz: string;
  participants: CardParticipant[];
  conferencing: Conferencing | null;
  previous: { start_utc: string; end_utc: string } | null;
  reason: string;
  changed_by: string;
  changed_by_name: string;
  changed_at: string;
  links: BookingLinks;
  /** Where it takes place, by name; only where rooms were booked. */
  rooms?: string[];
  /** Who booked from outside the organisation. */
  outside_guests?: { display_name: string; email: string; tz: string; rsvp?: Rsvp }[];
}

export interface BookingParticipant {
  sub: string;
  name: string;
  tzid: string;
  role: "organizer" | "attendee" | string;
  rsvp: Rsvp;
  calendar: CalendarReceipt | null;
}

export interface BookingHistoryEntry {
  revision: number;
  at: string;
  actor: string;
  actor_name: string;
  action: string;
  start: string;
  end: string;
  reason: string;
}

/** A booking as `/api/bookings` answers it. */
export interface BookingGuest {
  name: string;
  email: string;
  tzid: string;
  rsvp?: Rsvp;
}

export interface Booking {
  booking_id: string;
  organization_id: string;
  revision: number;
  sync_revision: number;
  state: "requested" | "confirmed" | "rescheduled" | "declined" | "cancelled";
  /** Until when a host can accept what was requested. */
  answer_by?: string | null;
  title: string;
  note: string;
  start: string;
  end: string;
  duration_minutes: number;
  organizer_id: string;
  tzid: string;
  participants: BookingParticipant[];
  /** People from outside, who booked through a link. */
  guests?: BookingGuest[];
  /** How many guests it has room for, if they share it. */
  seats?: number | null;
  /** Which meeting of a series it is. */
  series?: { number: number; count: number } | null;
  resources?: { sub: string; name: string }[];
  conferencing: Conferencing | null;
  previous: { start: string; end: string } | null;
  reason: string;
  changed_by: string;
  changed_by_name: string;
  changed_at: string;
  created_at: string;
  origin: Record<string, unknown>;
  links: BookingLinks;
  history?: BookingHistoryEntry[];
}

export type ParticipantState = "ok" | "not_shared" | "no_calendar" | "unknown";

export interface Slot {
  start: string;
  end: string;
  /** People for whom this is outside their working hours. */
  outside_hours?: string[];
  /** Where some of a group are enough: how many of them can come, and who cannot. */
  quorum?: { free: number; missing: string[] };
}

export interface Suggestion {
  start: string;
  end: string;
  reason: string;
}

export interface AvailabilityParticipant {
  sub: string;
  name: string;
  tzid: string;
  state: ParticipantState;
  detail: string;
  as_of: string | null;
  /** When they are not free, if it was asked for; null (not shared, not known) does not mean free. */
  busy?: BusyRange[] | null;
  /** The viewer's own hours in the period, if busy time was asked for. */
  working_hours?: { start: string; end: string }[];
}

export interface BusyRange {
  start: string;
  end: string;
  kind: "busy" | "tentative";
}

export interface Availability {
  slots: Slot[];
  participants: AvailabilityParticipant[];
  zones: { tzid: string; offset_minutes: number; transitions: { at: string; offset_minutes: number }[] }[];
  suggestions: Suggestion[];
  next_free: string | null;
  as_of: string;
}

export interface TimePeriod {
  start_time: string;
  end_time: string;
}

export type Weekday = "monday" | "tuesday" | "wednesday" | "thursday" | "friday" | "saturday" | "sunday";

/** `GET/PUT /api/availability-rules`. */
export interface AvailabilityRules {
  tzid: string;
  weekly_periods: (TimePeriod & { day: Weekday })[];
  /** A holiday carries its name. */
  date_overrides: { date: string; periods: TimePeriod[]; name?: string }[];
  buffer_before_minutes: number;
  buffer_after_minutes: number;
  minimum_notice_minutes: number;
  horizon_days: number;
  start_interval_minutes: number;
  daily_limit: number | null;
  weekly_limit?: number | null;
  /** Out of office: two dates, of which the second is the first day back, or two instants. */
  time_off?: { start: string; end: string; note: string }[];
  /** Dates, the end exclusive, on which the hours are read in another zone. */
  travel?: { start: string; end: string; tzid: string }[];
  revision: number;
}

/** The card of a booking, for pages that show `/api` bookings with `<convene-booking-card>`. */
export function cardFromBooking(booking: Booking): Card {
  return {
    schema: 1,
    booking_id: booking.booking_id,
    organization_id: booking.organization_id,
    revision: booking.revision,
    sync_revision: booking.sync_revision,
    state: booking.state === "confirmed" && booking.previous ? "rescheduled" : booking.state,
    title: booking.title,
    note: booking.note,
    start_utc: booking.start,
    end_utc: booking.end,
    duration_min: booking.duration_minutes,
    organizer_id: booking.organizer_id,
    host_tz: booking.tzid,
    participants: booking.participants.map((person) => ({
      user_id: person.sub,
      display_name: person.name,
      tz: person.tzid,
      role: person.role === "organizer" ? "host" : "guest",
      rsvp: person.rsvp,
      calendar: person.calendar,
    })),
    conferencing: booking.conferencing,
    previous: booking.previous && { start_utc: booking.previous.start, end_utc: booking.previous.end },
    reason: booking.reason,
    changed_by: booking.changed_by,
    changed_by_name: booking.changed_by_name,
    changed_at: booking.changed_at,
    links: booking.links,
    rooms: booking.resources?.map((room) => room.name),
  };
}

/** True when `next` is newer than what is held and should replace it. */
export function isNewer(next: { revision: number; sync_revision: number }, held: { revision: number; sync_revision: number } | null): boolean {
  if (!held) return true;
  return next.revision !== held.revision ? next.revision > held.revision : next.sync_revision > held.sync_revision;
}
