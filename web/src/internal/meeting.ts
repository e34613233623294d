/** What a meeting is right now: its state in words, whom it is with, when joining it is the thing to do. */
import { MINUTE, type Instant, toMillis } from "./time.ts";
import type { Card, CardParticipant } from "./types.ts";

export type MeetingStatus = Card["state"] | "ongoing" | "ended";

const JOIN_EARLY_MINUTES = 10;

export function meetingStatus(card: Card, now: Instant): MeetingStatus {
  if (isOff(card)) return card.state;
  if (toMillis(card.end_utc) <= toMillis(now)) return "ended";
  if (card.state !== "requested" && toMillis(card.start_utc) <= toMillis(now)) return "ongoing";
  return card.state;
}

/** Cancelled, or declined before it was a meeting. */
export function isOff({ state }: { state: Card["state"] }): boolean {
  return state === "cancelled" || state === "declined";
}

/** True from ten minutes before the start until the end. */
export function isTimeToJoin(card: Card, now: Instant): boolean {
  const at = toMillis(now);
  return (
    !isOff(card) &&
    card.state !== "requested" &&
    at >= toMillis(card.start_utc) - JOIN_EARLY_MINUTES * MINUTE &&
    at < toMillis(card.end_utc)
  );
}

/** Everybody but the viewer; everybody when the viewer takes no part. */
export function othersIn(card: Card, viewer: string): CardParticipant[] {
  return card.participants.filter((person) => person.user_id !== viewer);
}

/** What the others are called, guests from outside included. */
export function namesOfOthers(card: Card, viewer: string): string[] {
  return [...othersIn(card, viewer), ...(card.outside_guests ?? [])].map((person) => person.display_name);
}

export function takesPart(card: Card, viewer: string): boolean {
  return card.participants.some((person) => person.user_id === viewer);
}

/** The next meetings that have not ended, by start, and what is requested; what was called off is left out. */
export function nextMeetings(cards: readonly Card[], now: Instant, count: number): Card[] {
  return cards
    .filter((card) => !isOff(card) && toMillis(card.end_utc) > toMillis(now))
    .sort((a, b) => toMillis(a.start_utc) - toMillis(b.start_utc) || a.booking_id.localeCompare(b.booking_id))
    .slice(0, count);
}
