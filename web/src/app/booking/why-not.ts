/**
 * The question "Is another time missing?": one wall time of the shown day, what the server says stands against it, and
 * which time to propose first. The element `<booking-why-not>` draws it. Emits `change`.
 */
import { ApiError, type ApiClient, toApiError } from "../../internal/api-client.ts";
import { type DayKey, dayKey, toMillis, toUtc, wallToInstant } from "../../internal/time.ts";
import type { Invited } from "../../internal/people.ts";
import type { Slot } from "../../internal/types.ts";

export interface WhyQuestion extends Invited {
  /** RFC 3339 UTC. */
  start: string;
  durationMinutes: number;
  excludedBooking?: string;
}

export interface WhyEntry {
  kind: "busy" | "tentative" | "unknown" | "meeting" | "hold" | (string & {});
  title?: string;
  calendar?: string;
  start: string;
  end: string;
  booking_id?: string;
}

export interface WhyReason {
  reason: string;
  detail: string;
  since?: string;
  until?: string;
  entries?: WhyEntry[];
}

export interface WhyPerson {
  sub: string;
  name: string;
  state: string;
  is_free: boolean;
  reasons: WhyReason[];
}

/** The answer of `POST /api/availability/explain`. */
export interface Explanation {
  start: string;
  end: string;
  is_free: boolean;
  participants: WhyPerson[];
  alternatives: Slot[];
}

export type Explain = (question: WhyQuestion, signal: AbortSignal) => Promise<Explanation>;

/** Asks through Connect, which adds the viewer as a flexible participant. */
export function explainInConnect(client: ApiClient): Explain {
  return (question, signal) =>
    client.post("/connect/api/availability/explain", { with: question.participants, ...common(question) }, { signal });
}

/** Asks the platform itself for the member `me`. */
export function explainOnPlatform(me: string, client: ApiClient): Explain {
  return (question, signal) => {
    const participants = [...new Set([me, ...question.participants])];
    return client.post("/api/availability/explain", { participants, flexible: [me], ...common(question) }, { signal });
  };
}

function common(question: WhyQuestion): Record<string, unknown> {
  return {
    start: question.start,
    duration_minutes: question.durationMinutes,
    ...(question.quorumOf ? { quorum_of: question.quorumOf, quorum: question.quorum } : {}),
    ...(question.excludedBooking ? { excluded_booking: question.excludedBooking } : {}),
  };
}

/** Rules that the viewer can change under "Working hours". */
const OWN_RULES = new Set(["outside_hours", "time_off", "minimum_notice", "horizon", "daily_limit", "weekly_limit", "buffer"]);

export const isOwnRule = (person: WhyPerson, me: string): boolean =>
  person.sub === me && person.reasons.some((reason) => OWN_RULES.has(reason.reason));

/** The first full hour of a working day that is still ahead and not offered: what people are likely to miss. */
export function likelyMissed(day: DayKey, offered: readonly Slot[], tzid: string, now: number): string {
  const starts = new Set(offered.map((slot) => toMillis(slot.start)));
  for (let hour = 9; hour < 18; hour += 1) {
    const time = `${String(hour).padStart(2, "0")}:00`;
    const at = wallToInstant(day, time, tzid).getTime();
    if (at > now && !starts.has(at)) return time;
  }
  return "12:00";
}

export class WhyNot extends EventTarget {
  explanation: Explanation | null = null;
  error: ApiError | null = null;
  isLoading = false;
  readonly #ask: Explain;
  #abort = new AbortController();

  constructor(ask: Explain) {
    super();
    this.#ask = ask;
  }

  /** Asks about a wall time. Never throws: what goes wrong is in `error`. A later question replaces an earlier one. */
  async ask(day: DayKey, time: string, tzid: string, about: Omit<WhyQuestion, "start">): Promise<void> {
    this.forget();
    const abort = this.#abort;
    this.isLoading = true;
    this.#changed();
    try {
      const start = toUtc(wallToInstant(day, time, tzid));
      const explanation = await this.#ask({ ...about, start }, abort.signal);
      if (abort.signal.aborted) return;
      this.explanation = explanation;
    } catch (caught) {
      if (abort.signal.aborted) return;
      this.error = toApiError(caught);
    }
    this.isLoading = false;
    this.#changed();
  }

  /** The question has changed: the answer is about something else now. */
  forget(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.explanation = this.error = null;
    this.isLoading = false;
    this.#changed();
  }

  #changed(): void {
    this.dispatchEvent(new Event("change"));
  }
}

/** Whether an interval lies within one day: then it is told by its times alone. */
export function isWithinDay(start: string, end: string, day: DayKey, tzid: string): boolean {
  return dayKey(start, tzid) === day && dayKey(toMillis(end) - 1, tzid) === day;
}
