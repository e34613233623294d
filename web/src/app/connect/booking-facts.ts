/** What happened to a meeting, as a sentence on the reader's own clock. */
import { formatDayOf, formatTime, formatTimeRange } from "../../internal/time.ts";
import type { BookingFacts } from "../model.ts";

const VERBS: Record<string, string> = {
  "booking.requested": "asks for",
  "booking.confirmed": "booked",
  "booking.declined": "declined",
  "booking.rescheduled": "moved",
  "booking.cancelled": "cancelled",
};

/** The sentence, or null when the facts are not those of a change that we know: the server's own text says it then. */
export function sentence(facts: Partial<BookingFacts> | null | undefined, tzid: string, locale: string): string | null {
  const verb = facts?.was_requested ? "accepted" : VERBS[facts?.type ?? ""];
  if (verb === undefined || !facts?.start_utc || !facts.end_utc) return null;
  const { actor_name: actor, title, start_utc: start, end_utc: end, previous, reason } = facts;
  const what = title ? `“${title}”` : "the meeting";
  const day = formatDayOf(start, tzid, locale);
  const when = `${day}, ${formatTimeRange(start, end, tzid, locale)}`;
  const text = `${actor || "Somebody"} ${verb} ${what} ${previous ? "to" : verb === "booked" ? "for" : "on"} ${when}`;
  const before = previous ? ` (before: ${earlier(previous.start_utc, day, tzid, locale)})` : "";
  return `${text}${before}${reason && verb !== "booked" ? `: ${reason}` : ""}`;
}

/** The old time; its day only where it differs. */
function earlier(start: string, day: string, tzid: string, locale: string): string {
  const old = formatDayOf(start, tzid, locale);
  const time = formatTime(start, tzid, locale);
  return old === day ? time : `${old}, ${time}`;
}
