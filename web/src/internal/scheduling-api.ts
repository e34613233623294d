/**
 * The door through which booking elements reach a server. Connect passes functions over `/connect/api`, other pages use
 * `platformApi` over `/api`, tests and examples pass their own. Failures are `ApiError`s.
 */
import { ApiClient, api } from "./api-client.ts";
import type { Availability, Booking } from "./types.ts";

export interface AvailabilityQuery {
  /** The people to meet (the viewer is added by the server side and is flexible). */
  participants: readonly string[];
  /** RFC 3339 UTC; begins on the viewer's local midnight so that offers fall on round local times. */
  from: string;
  to: string;
  durationMinutes: number;
  /** The meeting that is being moved does not block itself. */
  excludedBooking?: string;
  /** Others of whom `quorum` are enough. */
  quorumOf?: readonly string[] | undefined;
  quorum?: number | undefined;
  /** Also answer when each participant is not free. */
  includeBusy?: boolean;
  signal?: AbortSignal;
}

export interface BookRequest {
  participants: readonly string[];
  start: string;
  durationMinutes: number;
  title: string;
  note?: string;
  conferencing?: boolean;
  resources?: readonly string[];
  idempotencyKey: string;
}

export interface RescheduleRequest {
  bookingId: string;
  /** The revision the viewer saw; a newer one on the server answers 412 `stale`. */
  revision: number;
  start: string;
  durationMinutes?: number;
  message?: string;
  /** The rooms from now on; left out: the same. */
  resources?: readonly string[];
  idempotencyKey: string;
}

export interface CancelRequest {
  bookingId: string;
  revision?: number;
  reason?: string;
  idempotencyKey: string;
}

export interface SchedulingApi {
  availability(query: AvailabilityQuery): Promise<Availability>;
  book(request: BookRequest): Promise<Booking>;
  reschedule(request: RescheduleRequest): Promise<Booking>;
  cancel(request: CancelRequest): Promise<Booking>;
  /** Reads a booking again, after a 412. */
  booking(bookingId: string): Promise<Booking>;
}

/** The platform's own API, for the member `me`: participants are named in full and `me` is flexible. */
export function platformApi(me: string, client: ApiClient = api): SchedulingApi {
  return {
    availability: (query) =>
      client.get<Availability>("/api/availability", {
        query: {
          participants: [...new Set([me, ...query.participants])].join(","),
          flexible: me,
          ...question(query),
          suggestions: query.includeBusy ? 0 : 3,
          include: query.includeBusy ? "busy" : undefined,
        },
        signal: query.signal,
      }),
    ...bookingCalls(client, "/api/bookings", (request) => ({ participants: request.participants })),
  };
}

/** What both servers call the same. */
function question(query: AvailabilityQuery): Record<string, string | number | undefined> {
  return {
    from: query.from,
    to: query.to,
    duration_minutes: query.durationMinutes,
    excluded_booking: query.excludedBooking,
    quorum_of: query.quorumOf?.join(","),
    quorum: query.quorum,
  };
}

/** A client for `baseUrl` with a personal token; without one the cookie, or what the page's server adds, must do. */
export function clientAt(baseUrl: string, token: string): ApiClient {
  return new ApiClient({ baseUrl: baseUrl.replace(/\/+$/, ""), token: () => token || null });
}

/** `platformApi` for an element that was given an address and perhaps a personal token. */
export function platformAt(baseUrl: string, token: string, me: string): SchedulingApi {
  return platformApi(me, clientAt(baseUrl, token));
}

/** Connect's pass-through; `conversationId` is where the card is posted. */
export function connectApi(conversationId: string | null, client: ApiClient = api): SchedulingApi {
  return {
    availability: (query) =>
      client.get<Availability>("/connect/api/availability", {
        query: {
          with: query.participants.join(","),
          ...question(query),
          ...(query.includeBusy ? { include: "busy", suggestions: 0 } : {}),
        },
        signal: query.signal,
      }),
    ...bookingCalls(client, "/connect/api/bookings", (request) => ({
      with: request.participants,
      ...(conversationId ? { conversation_id: conversationId } : {}),
    })),
  };
}

function bookingCalls(
  client: ApiClient,
  root: string,
  people: (request: BookRequest) => Record<string, unknown>,
): Omit<SchedulingApi, "availability"> {
  const path = (id: string, action = ""): string => `${root}/${encodeURIComponent(id)}${action}`;
  return {
    book: (request) =>
      client.post<Booking>(
        root,
        {
          ...people(request),
          start: request.start,
          duration_minutes: request.durationMinutes,
          title: request.title,
          resources: request.resources,
          ...(request.note ? { note: request.note } : {}),
          ...(request.conferencing === undefined ? {} : { conferencing: request.conferencing }),
        },
        { idempotencyKey: request.idempotencyKey },
      ),
    reschedule: (request) =>
      client.post<Booking>(
        path(request.bookingId, "/reschedule"),
        {
          start: request.start,
          resources: request.resources,
          ...(request.durationMinutes ? { duration_minutes: request.durationMinutes } : {}),
          ...(request.message ? { message: request.message } : {}),
        },
        { idempotencyKey: request.idempotencyKey, ifMatch: request.revision },
      ),
    cancel: (request) =>
      client.post<Booking>(path(request.bookingId, "/cancel"), request.reason ? { reason: request.reason } : {}, {
        idempotencyKey: request.idempotencyKey,
        ...(request.revision === undefined ? {} : { ifMatch: request.revision }),
      }),
    booking: (bookingId) => client.get<Booking>(path(bookingId)),
  };
}
