/**
 * What is known about free times: loads ranges that begin on the viewer's midnight, keeps them by local day, and shares
 * answers that are on their way.
 *
 * "Prefetch on intent" works through `shared`: the button asks early, the modal asks the same question a moment later
 * and gets the same promise. Answers are reused for five seconds at most, so every opening is fresh.
 */
import type { Invited } from "../internal/people.ts";
import type { AvailabilityQuery, SchedulingApi } from "../internal/scheduling-api.ts";
import { type DayKey, addDays, dayKey, daysBetween, startOfDay, toMillis, toUtc } from "../internal/time.ts";
import type { Availability, AvailabilityParticipant, Slot, Suggestion } from "../internal/types.ts";
import type { ZoneRules } from "../internal/zones.ts";

export const FIRST_DAYS = 14;
export const MORE_DAYS = 28;
/** The server's limit for one question. */
const MAX_DAYS = 98;
const SHARE_MS = 5000;

interface SharedAnswer {
  askedAt: number;
  answer: Promise<Availability>;
}

const inFlight = new WeakMap<SchedulingApi, Map<string, SharedAnswer>>();

/** Asks the server, or joins the same question asked less than five seconds ago. */
export function shared(
  scheduling: SchedulingApi,
  query: AvailabilityQuery,
  now: number,
  fresh = false,
): Promise<Availability> {
  const key = JSON.stringify([
    [...query.participants].sort(),
    query.from,
    query.to,
    query.durationMinutes,
    query.excludedBooking ?? "",
    [...(query.quorumOf ?? [])].sort(),
    query.quorum,
  ]);
  let answers = inFlight.get(scheduling);
  if (!answers) inFlight.set(scheduling, (answers = new Map()));
  const known = answers.get(key);
  if (known && !fresh && now - known.askedAt < SHARE_MS) return known.answer;
  const answer = scheduling.availability(query);
  const mine = answers;
  mine.set(key, { askedAt: now, answer });
  answer.catch(() => mine.delete(key));
  return answer;
}

/** The first question that a modal asks: today's midnight in the viewer's zone, 14 days. */
export function firstQuery(
  invited: Invited,
  tzid: string,
  durationMinutes: number,
  now: number,
  excludedBooking?: string,
): AvailabilityQuery {
  const today = dayKey(now, tzid);
  return {
    ...invited,
    from: toUtc(startOfDay(today, tzid)),
    to: toUtc(startOfDay(addDays(today, FIRST_DAYS), tzid)),
    durationMinutes,
    ...(excludedBooking ? { excludedBooking } : {}),
  };
}

export interface FeedOptions extends Invited {
  tzid: string;
  durationMinutes: number;
  excludedBooking?: string;
  now: () => number;
}

/** Free times of one question (people, duration, zone), growing as more days are looked at. */
export class AvailabilityFeed {
  readonly options: FeedOptions;
  participants: readonly AvailabilityParticipant[] = [];
  suggestions: readonly Suggestion[] = [];
  zones: ZoneRules[] = [];
  nextFree: string | null = null;
  /** The first day that is not loaded yet. */
  loadedTo: DayKey;
  readonly firstDay: DayKey;
  /** When the last answer arrived; 0 before the first. */
  answeredAt = 0;
  #days = new Map<DayKey, Slot[]>();
  #gone = new Set<string>();
  #api: SchedulingApi;
  #loading: Promise<void> | null = null;
  #abort = new AbortController();

  constructor(scheduling: SchedulingApi, options: FeedOptions) {
    this.#api = scheduling;
    this.options = options;
    this.firstDay = dayKey(options.now(), options.tzid);
    this.loadedTo = this.firstDay;
  }

  /** Drops whatever is on its way; answers that still arrive are ignored. */
  stop(): void {
    this.#abort.abort();
  }

  get isLoading(): boolean {
    return this.#loading !== null;
  }

  get isEmpty(): boolean {
    return this.slots.length === 0;
  }

  /** Every day loaded so far, in order, free or not. */
  get days(): DayKey[] {
    const count = daysBetween(this.firstDay, this.loadedTo);
    return Array.from({ length: count }, (_, index) => addDays(this.firstDay, index));
  }

  /** Slots of one day in the viewer's zone; those that vanished meanwhile are still listed (see `isGone`). */
  slotsOf(day: DayKey): readonly Slot[] {
    return this.#days.get(day) ?? [];
  }

  /** How many can still be chosen on a day. */
  countOf(day: DayKey): number {
    return this.slotsOf(day).filter((slot) => !this.#gone.has(slot.start)).length;
  }

  /** All slots that can be chosen. */
  get slots(): Slot[] {
    return [...this.#days.values()].flat().filter((slot) => !this.#gone.has(slot.start));
  }

  isGone(start: string): boolean {
    return this.#gone.has(start);
  }

  markGone(start: string): void {
    this.#gone.add(start);
  }

  /** The first free slot on or after a day, from what is loaded. */
  firstFreeFrom(day: DayKey): Slot | null {
    return this.slots.find((slot) => dayKey(slot.start, this.options.tzid) >= day) ?? null;
  }

  /** The free slots closest to an instant, nearest first. */
  nearest(start: string, count: number, more: readonly Slot[] = []): Slot[] {
    const known = new Map([...this.slots, ...more].map((slot) => [toMillis(slot.start), slot]));
    known.delete(toMillis(start));
    const distance = (slot: Slot): number => Math.abs(toMillis(slot.start) - toMillis(start));
    return [...known.values()]
      .filter((slot) => !this.#gone.has(slot.start))
      .sort((a, b) => distance(a) - distance(b))
      .slice(0, count);
  }

  /** Loads until `day` is inside; questions of at most 98 days, one after the other. */
  async ensure(day: DayKey): Promise<void> {
    while (this.loadedTo <= day && !this.#abort.signal.aborted) {
      if (this.#loading) await this.#loading;
      else await this.#track(this.#loadTo(this.#nextEnd(day)));
    }
  }

  /** The next stretch of days. */
  loadMore(): Promise<void> {
    return this.ensure(this.loadedTo);
  }

  #nextEnd(day: DayKey): DayKey {
    const step = this.loadedTo === this.firstDay ? FIRST_DAYS : MORE_DAYS;
    const wanted = Math.max(step, daysBetween(this.loadedTo, day) + 1);
    return addDays(this.loadedTo, Math.min(wanted, MAX_DAYS));
  }

  async #track(work: Promise<void>): Promise<void> {
    this.#loading = work;
    try {
      await work;
    } finally {
      this.#loading = null;
    }
  }

  async #loadTo(end: DayKey): Promise<void> {
    const answer = await this.#ask(this.loadedTo, end, false);
    if (this.#abort.signal.aborted) return;
    this.#file(answer.slots);
    if (this.loadedTo === this.firstDay) this.suggestions = answer.suggestions ?? [];
    this.participants = answer.participants;
    this.#mergeZones(answer.zones ?? []);
    this.nextFree = this.slots[0]?.start ?? answer.next_free;
    this.loadedTo = end;
  }

  /** Asks again for everything loaded: new slots appear, vanished ones stay in place but are marked gone. */
  async refresh(): Promise<void> {
    if (this.loadedTo === this.firstDay) return this.loadMore();
    const until = this.loadedTo;
    let from = this.firstDay;
    const fresh: Slot[] = [];
    while (from < until) {
      const end = addDays(from, Math.min(daysBetween(from, until), MAX_DAYS));
      const answer = await this.#ask(from, end, true);
      if (this.#abort.signal.aborted) return;
      fresh.push(...answer.slots);
      this.participants = answer.participants;
      if (from === this.firstDay) this.suggestions = answer.suggestions ?? [];
      this.nextFree = fresh[0]?.start ?? answer.next_free;
      from = end;
    }
    const free = new Set(fresh.map((slot) => slot.start));
    // Days loaded while this answer was on its way stay as they are.
    const asked = [...this.#days.keys()].filter((day) => day < until);
    const before = asked.flatMap((day) => this.#days.get(day) ?? []);
    const kept = before.filter((slot) => !free.has(slot.start));
    this.#gone = new Set(kept.map((slot) => slot.start));
    for (const day of asked) this.#days.delete(day);
    this.#file([...kept, ...fresh].sort((a, b) => toMillis(a.start) - toMillis(b.start)));
  }

  #ask(from: DayKey, to: DayKey, fresh: boolean): Promise<Availability> {
    const { tzid, durationMinutes, excludedBooking, now, ...invited } = this.options;
    const query: AvailabilityQuery = {
      ...invited,
      from: toUtc(startOfDay(from, tzid)),
      to: toUtc(startOfDay(to, tzid)),
      durationMinutes,
      ...(excludedBooking ? { excludedBooking } : {}),
    };
    const answer = shared(this.#api, query, now(), fresh);
    answer.then(
      () => (this.answeredAt = now()),
      () => undefined,
    );
    return answer;
  }

  #file(slots: readonly Slot[]): void {
    const now = this.options.now();
    for (const slot of slots) {
      if (toMillis(slot.start) <= now) continue;
      const day = dayKey(slot.start, this.options.tzid);
      const list = this.#days.get(day);
      if (list) list.push(slot);
      else this.#days.set(day, [slot]);
    }
  }

  #mergeZones(zones: readonly ZoneRules[]): void {
    for (const zone of zones) {
      const known = this.zones.find((other) => other.tzid === zone.tzid);
      if (!known) this.zones.push({ ...zone, transitions: [...zone.transitions] });
      else {
        const seen = new Set(known.transitions.map((change) => change.at));
        known.transitions.push(...zone.transitions.filter((change) => !seen.has(change.at)));
      }
    }
  }
}
