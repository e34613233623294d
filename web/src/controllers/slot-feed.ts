/**
 * What `<convene-slot-picker>` knows when it asks by itself: an availability query of `/v1`, sent with an element token.
 *
 * A query with periods (or slots) of its own is asked as it is. One without is asked for two weeks from the viewer's
 * midnight, and for four weeks more each time somebody looks further. Emits `change`.
 */
import { ApiError, toApiError } from "../internal/api-client.ts";
import { type DayKey, addDays, dayKey, daysBetween, startOfDay, toMillis, toUtc } from "../internal/time.ts";
import type { Slot } from "../internal/types.ts";
import { V1Client } from "../internal/v1-client.ts";

/** The body of `POST /v1/availability`; see docs/reference/v1-api.md. */
export interface SlotQuery {
  participants: readonly {
    members: readonly { sub: string; [field: string]: unknown }[];
    required?: "all" | number;
  }[];
  required_duration: { minutes: number } | { hours: number };
  query_periods?: readonly { start: string; end: string }[];
  available_periods?: readonly { start: string; end: string }[];
  query_slots?: readonly { start: string }[];
  response_format?: "slots" | "overlapping_slots";
  [field: string]: unknown;
}

const FIRST_DAYS = 14;
const MORE_DAYS = 28;
/** The most that one answer holds. */
const MAX_RESULTS = 512;

export class SlotFeed extends EventTarget {
  readonly firstDay: DayKey;
  /** The day after the last one that is known in full. */
  loadedTo: DayKey;
  slots: readonly Slot[] = [];
  isLoading = false;
  error: ApiError | null = null;
  #client: V1Client;
  #query: SlotQuery;
  #tzid: string;
  #abort = new AbortController();

  constructor(client: V1Client, query: SlotQuery, tzid: string, now: number) {
    super();
    this.#client = client;
    this.#query = query;
    this.#tzid = tzid;
    this.firstDay = this.loadedTo = dayKey(now, tzid);
  }

  /** Whether the query says itself which time it is about. */
  get isFixed(): boolean {
    const { query_periods, available_periods, query_slots } = this.#query;
    return Boolean(query_periods ?? available_periods ?? query_slots);
  }

  get days(): DayKey[] {
    const count = Math.max(1, daysBetween(this.firstDay, this.loadedTo));
    return Array.from({ length: count }, (_, index) => addDays(this.firstDay, index));
  }

  /** Asks for the first time, or again after a failure. */
  load(): Promise<void> {
    return this.isFixed ? this.#askFixed() : this.#askUntil(addDays(this.loadedTo, this.slots.length > 0 ? MORE_DAYS : FIRST_DAYS));
  }

  /** Makes sure that `day` is loaded; nothing happens when the query has an end of its own. */
  async ensure(day: DayKey): Promise<void> {
    if (this.isFixed || this.isLoading || day < this.loadedTo) return;
    await this.#askUntil(addDays(day > this.loadedTo ? day : this.loadedTo, MORE_DAYS));
  }

  /** No answer arrives any more. */
  close(): void {
    this.#abort.abort();
  }

  async #askFixed(): Promise<void> {
    const found = await this.#ask({});
    if (!found) return;
    const last = found.at(-1)?.end ?? lastOf(this.#query) ?? toUtc(Date.now());
    this.slots = found;
    this.loadedTo = addDays(dayKey(last, this.#tzid), 1);
    if (this.loadedTo <= this.firstDay) this.loadedTo = addDays(this.firstDay, 1);
    this.#tell();
  }

  async #askUntil(to: DayKey): Promise<void> {
    const from = this.loadedTo;
    const until = addDays(from, Math.min(daysBetween(from, to), MORE_DAYS));
    const period = { start: toUtc(startOfDay(from, this.#tzid)), end: toUtc(startOfDay(until, this.#tzid)) };
    const found = await this.#ask({ query_periods: [period] });
    if (!found) return;
    // A full answer may end within a day: that day is asked for again with the next ones.
    const cut = found.length < MAX_RESULTS ? until : dayKey(found.at(-1)?.start ?? period.end, this.#tzid);
    this.loadedTo = cut > from ? cut : until;
    this.slots = [...this.slots, ...found.filter((slot) => dayKey(slot.start, this.#tzid) < this.loadedTo)];
    this.#tell();
    if (this.loadedTo < to) await this.#askUntil(to);
  }

  /** The slots of an answer; null when there was none, and `error` says why. */
  async #ask(periods: Partial<SlotQuery>): Promise<Slot[] | null> {
    this.isLoading = true;
    this.error = null;
    this.#tell();
    try {
      const answer = await this.#client.post<{ available_slots?: Slot[] }>(
        "/availability",
        { max_results: MAX_RESULTS, ...this.#query, ...periods, response_format: this.#query.response_format ?? "slots" },
        { mayRepeat: true, signal: this.#abort.signal },
      );
      return (answer.available_slots ?? []).map(({ start, end }) => ({ start, end }));
    } catch (error) {
      if (this.#abort.signal.aborted) return null;
      this.error = toApiError(error);
      return null;
    } finally {
      this.isLoading = false;
      if (this.error) this.#tell();
    }
  }

  #tell(): void {
    if (!this.#abort.signal.aborted) this.dispatchEvent(new Event("change"));
  }
}

/** A feed for an element that was given an address and a token. */
export function connectedFeed(baseUrl: string, elementToken: string, query: SlotQuery, tzid: string): SlotFeed {
  return new SlotFeed(new V1Client({ baseUrl, elementToken, element: "SlotPicker" }), query, tzid, Date.now());
}

function lastOf({ query_periods, available_periods }: SlotQuery): string | undefined {
  const ends = (query_periods ?? available_periods ?? []).map(({ end }) => end);
  return ends.sort((a, b) => toMillis(a) - toMillis(b)).at(-1);
}
