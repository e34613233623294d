/** Free time that is shared in a conversation: its wire shapes, its calls, and the week that is drawn of it. */
import { type SlotStretch, type Stretch, type WeekDay, weekDays } from "../../controllers/week.ts";
import { type ApiClient, newIdempotencyKey } from "../../internal/api-client.ts";
import { type DayKey, addDays, dayKey, daysBetween, toMillis, toUtc } from "../../internal/time.ts";
import type { Availability, Booking, ParticipantState, Slot } from "../../internal/types.ts";
import type { Message, Share } from "../model.ts";

export interface Period {
  start: string;
  end: string;
}

export interface SharedTime {
  share: Omit<Share, "state"> & { state: ShareState };
  free: Period[];
  slots: Slot[];
  has_changed: boolean;
  problem: { code: "unknown" | "yours_unknown"; detail: string } | null;
}

export type ShareState = "live" | "revoked" | "expired";

export interface Preview {
  tzid: string;
  start_utc: string;
  end_utc: string;
  expires_at: string;
  free: Period[];
  state: ParticipantState;
  detail: string;
}

export interface Choice {
  days: number;
  durationMinutes: number;
  anyHour: boolean;
  expiresInDays: number;
}

export const DAY_CHOICES = [1, 3, 7] as const;
export const LENGTHS = [15, 30, 45, 60, 90, 120] as const;

/** The lengths to choose from, with the one that was shared among them. */
export const lengthsWith = (minutes: number): number[] => [...new Set([...LENGTHS, minutes])].sort((a, b) => a - b);

const at = (messageId: string, rest = ""): string => `/connect/api/availability-shares/${encodeURIComponent(messageId)}${rest}`;

/** What the server does with shared time. */
export class SharingApi {
  readonly #client: ApiClient;
  constructor(client: ApiClient) {
    this.#client = client;
  }

  preview(choice: Choice, signal: AbortSignal): Promise<Preview> {
    return this.#client.get<Preview>("/connect/api/availability-shares/preview", {
      query: {
        days: choice.days,
        duration_minutes: choice.durationMinutes,
        any_hour: choice.anyHour,
        expires_in_days: choice.expiresInDays,
      },
      signal,
    });
  }

  share(conversationId: string, choice: Choice, nonce: string): Promise<Message> {
    return this.#client.post<Message>(
      `/connect/api/conversations/${encodeURIComponent(conversationId)}/availability-shares`,
      {
        days: choice.days,
        duration_minutes: choice.durationMinutes,
        any_hour: choice.anyHour,
        expires_in_days: choice.expiresInDays,
        client_nonce: nonce,
      },
      { idempotencyKey: nonce },
    );
  }

  look(messageId: string, durationMinutes: number): Promise<SharedTime> {
    return this.#client.get<SharedTime>(at(messageId), { query: { duration_minutes: durationMinutes } });
  }

  refresh(messageId: string): Promise<SharedTime> {
    return this.#client.post<SharedTime>(at(messageId, "/refresh"));
  }

  revoke(messageId: string): Promise<SharedTime> {
    return this.#client.delete<SharedTime>(at(messageId));
  }

  book(messageId: string, meeting: Meeting, idempotencyKey: string): Promise<Booking> {
    const { start, durationMinutes, title, note } = meeting;
    const body = { start, duration_minutes: durationMinutes, title, ...(note ? { note } : {}) };
    return this.#client.post<Booking>(at(messageId, "/bookings"), body, { idempotencyKey });
  }
}

export interface Meeting {
  start: string;
  durationMinutes: number;
  title: string;
  note: string;
}

export const newNonce = newIdempotencyKey;

/** What is left of a share at an instant. */
export function stateAt(share: Share, now: number): ShareState {
  if (share.state !== "live") return share.state;
  return toMillis(share.expires_at) <= now ? "expired" : "live";
}

export interface FreeDay {
  day: DayKey;
  /** When the one who shares is free, for the eye and in words. */
  free: readonly Stretch[];
  /** The rest of the day, as far as it is shared. */
  taken: readonly Stretch[];
  slots: readonly SlotStretch[];
}

/** The days of a share in the reader's zone, from today on; a last day that only the zone adds is left out if empty. */
export function freeDays(
  time: { free: readonly Period[]; slots: readonly Slot[] },
  bounds: { from: string; to: string },
  tzid: string,
  now: number,
): FreeDay[] {
  const from = Math.max(toMillis(bounds.from), now);
  const to = toMillis(bounds.to);
  if (from >= to) return [];
  const first = dayKey(from, tzid);
  const days = Array.from({ length: daysBetween(first, dayKey(to - 1, tzid)) + 1 }, (_, index) => addDays(first, index));
  const free = time.free.filter((period) => toMillis(period.end) > now);
  const taken = complement(free, toMillis(bounds.from), to);
  const found = weekDays(answer(taken, time.slots), days, { tzid, me: ME, now, shortName: (name) => name });
  const open = weekDays(answer(free, []), days, { tzid, me: ME, now, shortName: (name) => name });
  const all = found.map((day, index) => ({
    day: day.day,
    free: open[index]?.theirs ?? [],
    taken: day.theirs,
    slots: day.slots,
  }));
  const isEmptyEnd = all.length > 7 && all.at(-1)?.free.length === 0;
  return isEmptyEnd ? all.slice(0, -1) : all;
}

const ME = "";

/** Periods as the week's arithmetic takes them: somebody's busy time. */
function answer(periods: readonly Period[], slots: readonly Slot[]): Availability {
  const busy = periods.map((period) => ({ ...period, kind: "busy" as const }));
  const other = { sub: "other", name: "", tzid: "", state: "ok" as const, detail: "", as_of: null, busy };
  return { slots: [...slots], participants: [other], zones: [], suggestions: [], next_free: null, as_of: "" };
}

/** What lies between periods, which are disjoint and in order. */
export function complement(periods: readonly Period[], from: number, to: number): Period[] {
  const found: Period[] = [];
  let last = from;
  for (const { start, end } of periods) {
    if (toMillis(start) > last) found.push({ start: toUtc(last), end: toUtc(start) });
    last = Math.max(last, toMillis(end));
  }
  if (last < to) found.push({ start: toUtc(last), end: toUtc(to) });
  return found;
}

/** The whole hours to draw: those in which somebody is free. */
export function freeHours(days: readonly FreeDay[]): { from: number; to: number } {
  const free = days.flatMap((day) => day.free);
  if (free.length === 0) return { from: 9, to: 17 };
  return {
    from: Math.floor(Math.min(...free.map((stretch) => stretch.from)) / 60),
    to: Math.ceil(Math.max(...free.map((stretch) => stretch.to)) / 60),
  };
}

/** The times closest to an instant, in order of time. */
export function nearestTo(slots: readonly Slot[], start: string, count: number): Slot[] {
  const distance = (slot: Slot): number => Math.abs(toMillis(slot.start) - toMillis(start));
  return [...slots]
    .filter((slot) => slot.start !== start)
    .sort((a, b) => distance(a) - distance(b))
    .slice(0, count)
    .sort((a, b) => toMillis(a.start) - toMillis(b.start));
}

/** True where anything at all can still be chosen. */
export const hasTimes = (days: readonly Pick<WeekDay, "slots">[]): boolean => days.some((day) => day.slots.length > 0);
