/** What a meeting is right now: its state in words, whom it is with, when joining it is the thing to do. */
import { MINUTE, type Instant, toMillis } from "./time.ts";
import type { Card, CardParticipant } from "./types.ts";

export type MeetingStatus = "confirmed" | "rescheduled" | "cancelled" | "ongoing" | "ended";

const JOIN_EARLY_MINUTES = 10;

export function meetingStatus(card: Card, now: Instant): MeetingStatus {
  if (card.state === "cancelled") return "cancelled";
  if (toMillis(card.end_utc) <= toMillis(now)) return "ended";
  if (toMillis(card.start_utc) <= toMillis(now)) return "ongoing";
  return card.state;
}

/** True from ten minutes before the start until the end. */
export function isTimeToJoin(card: Card, now: Instant): boolean {
  const at = toMillis(now);
  return (
    card.state !== "cancelled" &&
    at >= toMillis(card.start_utc) - JOIN_EARLY_MINUTES * MINUTE &&
    at < toMillis(card.end_utc)
  );
}

/** Everybody but the viewer; everybody when the viewer takes no part. */
export function othersIn(card: Card, viewer: string): CardParticipant[] {
  return card.participants.filter((person) => person.user_id !== viewer);
}

export function takesPart(card: Card, viewer: string): boolean {
  return card.participants.some((person) => person.user_id === viewer);
}

/** The next meetings that have not ended, by start; cancelled ones are left out. */
export function nextMeetings(cards: readonly Card[], now: Instant, count: number): Card[] {
  return cards
    .filter((card) => card.state !== "cancelled" && toMillis(card.end_utc) > toMillis(now))
    .sort((a, b) => toMillis(a.start_utc) - toMillis(b.start_utc) || a.booking_id.localeCompare(b.booking_id))
    .slice(0, count);
}
