/** A scheduling service inside the test: free times that tests may change, and failures on request. */
import type { Details } from "../src/controllers/booking-states.ts";
import type { ApiError } from "../src/internal/api-client.ts";
import type { AvailabilityQuery, BookRequest, RescheduleRequest, SchedulingApi } from "../src/internal/scheduling-api.ts";
import { MINUTE, toMillis, toUtc } from "../src/internal/time.ts";
import type { Availability, AvailabilityParticipant, Booking, Slot } from "../src/internal/types.ts";

export const NOW = toMillis("2026-11-20T12:10:00Z");
export const me = { sub: "acc_bo", name: "Bo Lind", tzid: "Europe/London" };
export const ana = { sub: "acc_ana", name: "Ana Ruiz", tzid: "America/New_York" };
export const details: Details = { title: "Bo and Ana", note: "keep me", conferencing: true };

export const slot = (start: string, minutes = 30): Slot => ({ start, end: toUtc(toMillis(start) + minutes * MINUTE) });
export const booked = { booking_id: "bkg_1", revision: 1, sync_revision: 1 } as Booking;

/** A scheduling service with a list of free slots that tests may change. */
export class Service implements SchedulingApi {
  free: Slot[] = ["14:00", "14:30", "15:00", "15:30"].flatMap((time) => [
    slot(`2026-11-24T${time}:00Z`),
    slot(`2026-12-20T${time}:00Z`),
  ]);
  people: Partial<AvailabilityParticipant> = {};
  nextFree: string | null = null;
  queries: AvailabilityQuery[] = [];
  books: BookRequest[] = [];
  moves: RescheduleRequest[] = [];
  failure: Error | null = null;
  bookFailures: ApiError[] = [];
  current: Partial<Booking> = {};

  async availability(query: AvailabilityQuery): Promise<Availability> {
    this.queries.push(query);
    if (this.failure) throw this.failure;
    const slots = this.free
      .filter((free) => free.start >= query.from && free.start < query.to)
      .sort((a, b) => a.start.localeCompare(b.start));
    return {
      slots,
      participants: [{ ...ana, state: "ok", detail: "", as_of: toUtc(NOW), ...this.people }],
      zones: [],
      suggestions: slots.slice(0, 2).map((free) => ({ ...free, reason: "soonest" })),
      next_free: slots[0]?.start ?? this.nextFree,
      as_of: toUtc(NOW),
    };
  }
  async book(request: BookRequest): Promise<Booking> {
    this.books.push(request);
    const failure = this.bookFailures.shift();
    if (failure) throw failure;
    return booked;
  }
  async reschedule(request: RescheduleRequest): Promise<Booking> {
    this.moves.push(request);
    const failure = this.bookFailures.shift();
    if (failure) throw failure;
    return { ...booked, revision: 3 };
  }
  async cancel(): Promise<Booking> {
    return booked;
  }
  async booking(): Promise<Booking> {
    return { ...booked, revision: 2, state: "confirmed", participants: [], previous: null, ...this.current } as Booking;
  }
}
