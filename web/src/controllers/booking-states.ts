/** The booking session's words: its phases, what can stand in the way, and what an answer says about the people. */
import type { ApiError } from "../internal/api-client.ts";
import type { Group, Person } from "../internal/people.ts";
import type { SchedulingApi } from "../internal/scheduling-api.ts";
import { HOUR, toMillis } from "../internal/time.ts";
import type { AvailabilityParticipant, Card, Slot } from "../internal/types.ts";

export type Phase = "closed" | "loading" | "ready" | "saving" | "booked";

/** What stands in the way, each with its own words and exits. */
export type Trouble =
  | { kind: "taken"; slot: Slot; alternatives: Slot[] }
  | { kind: "load"; error: ApiError }
  | { kind: "save"; error: ApiError }
  /** Everybody is free; a room that was asked for is not. */
  | { kind: "room"; error: ApiError }
  | { kind: "forbidden"; error: ApiError }
  | { kind: "changed"; card: Card }
  | null;

/** What the answer says about the people, most serious first. */
export type Knowledge =
  | { kind: "not_shared" | "unknown" | "no_calendar" | "old"; person: AvailabilityParticipant }
  | { kind: "ok" };

export interface Details {
  title: string;
  note: string;
  conferencing: boolean;
  /** Rooms to book; left out where none was chosen, or for a move: the same as before. */
  resources?: readonly string[];
}

export interface SessionOptions {
  api: SchedulingApi;
  me: Person;
  participants: readonly Person[];
  /** Others of whom some are enough. */
  group?: Group | null;
  durationMinutes: number;
  /** The meeting to move; null books a new one. */
  booking?: Card | null;
  /** Whether the page can offer another room; otherwise a taken room is a taken time. */
  knowsRooms?: boolean;
  now?: () => number;
}

/** Lengths to choose from, in minutes. */
export const DURATIONS: readonly number[] = [15, 30, 45, 60, 90];

/** A calendar read longer ago than this is worth a warning. */
const OLD_MS = HOUR;

/** The most serious thing that an answer says: first about the others, then about the viewer. */
export function knowledgeOf(participants: readonly AvailabilityParticipant[], me: string, now: number): Knowledge {
  const others = participants.filter((person) => person.sub !== me);
  for (const kind of ["not_shared", "unknown", "no_calendar"] as const) {
    const person = others.find((other) => other.state === kind);
    if (person) return { kind, person };
  }
  const unread = participants.find((person) => person.state === "unknown");
  if (unread) return { kind: "unknown", person: unread };
  const old = others.find((other) => other.as_of && now - toMillis(other.as_of) > OLD_MS);
  return old ? { kind: "old", person: old } : { kind: "ok" };
}
