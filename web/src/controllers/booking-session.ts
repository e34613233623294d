/**
 * The booking modal's logic without its screen: closed, loading, ready, saving, booked; what was chosen, what went
 * wrong, and which ways lead out. The element draws this and forwards what people do.
 *
 * A `change` event follows every change; `announce` events carry sentences for screen readers.
 */
import { ApiError, newIdempotencyKey, toApiError } from "../internal/api-client.ts";
import { type Group, type Person, invited } from "../internal/people.ts";
import type { SchedulingApi } from "../internal/scheduling-api.ts";
import { type DayKey, dayKey, toMillis, toUtc } from "../internal/time.ts";
import { type Booking, type Card, type Slot, type Suggestion, cardFromBooking } from "../internal/types.ts";
import { AvailabilityFeed } from "./availability-feed.ts";
import { type Details, type Knowledge, type Phase, type SessionOptions, type Trouble, knowledgeOf } from "./booking-states.ts";

const TAKEN_MS = 5000;
const OLD_ANSWER_MS = 60_000;

export class BookingSession extends EventTarget {
  phase: Phase = "closed";
  trouble: Trouble = null;
  day: DayKey;
  selected: Slot | null = null;
  durationMinutes: number;
  tzid: string;
  booking: Card | null;
  online = true;
  feed: AvailabilityFeed;
  readonly api: SchedulingApi;
  readonly me: Person;
  participants: readonly Person[];
  group: Group | null;
  readonly #knowsRooms: boolean;
  readonly now: () => number;
  #justTaken = new Map<string, ReturnType<typeof setTimeout>>();
  #key = "";
  #sent = "";

  constructor(options: SessionOptions) {
    super();
    this.api = options.api;
    this.me = options.me;
    this.participants = options.participants;
    this.group = options.group ?? null;
    this.booking = options.booking ?? null;
    this.#knowsRooms = options.knowsRooms ?? false;
    this.now = options.now ?? Date.now;
    this.durationMinutes = options.durationMinutes;
    this.tzid = options.me.tzid;
    this.feed = this.#newFeed();
    this.day = this.feed.firstDay;
  }

  get isMove(): boolean {
    return this.booking !== null;
  }

  /** All who are asked about but the viewer. */
  get everybody(): readonly Person[] {
    return [...this.participants, ...(this.group?.people ?? [])];
  }

  /** Those of the group who can come at the chosen time: they are invited with the participants. */
  get joining(): readonly Person[] {
    const missing = this.selected?.quorum?.missing;
    return (this.group?.people ?? []).filter((person) => !missing?.includes(person.sub));
  }

  /** Loads the first fortnight. Never throws: what goes wrong is in `trouble`. */
  async open(): Promise<void> {
    this.phase = "loading";
    this.#changed();
    await this.#load(() => this.feed.ensure(this.#wantedDay()));
    if (this.phase === "loading") this.phase = "ready";
    this.#showFirstUsefulDay();
    this.#changed();
  }

  /** Ends the session; answers that arrive later change nothing. */
  close(): void {
    this.feed.stop();
    for (const timer of this.#justTaken.values()) clearTimeout(timer);
    this.#justTaken.clear();
    this.phase = "closed";
  }

  retry(): Promise<void> {
    this.trouble = null;
    if (this.phase === "saving") return Promise.resolve();
    return this.feed.loadedTo === this.feed.firstDay ? this.open() : this.refresh();
  }

  // ---- choosing ----

  selectDay(day: DayKey): void {
    this.day = day;
    this.#changed();
    if (day >= this.feed.loadedTo) void this.ensureDay(day);
  }

  /** Loads until the day is known; for paging through days and months. */
  async ensureDay(day: DayKey): Promise<void> {
    if (this.phase === "closed" || day < this.feed.loadedTo) return;
    const done = this.#load(() => this.feed.ensure(day));
    this.#changed();
    await done;
    this.#changed();
  }

  /** Chooses a slot and mints the key that makes booking it safe to repeat. */
  select(slot: Slot): void {
    if (!this.canSelect(slot.start)) return;
    // What was proposed elsewhere does not say who could come.
    this.selected = slot.quorum ? slot : (this.feed.slots.find((known) => known.start === slot.start) ?? slot);
    this.day = dayKey(slot.start, this.tzid);
    this.#newKey();
    if (this.trouble?.kind !== "load") this.trouble = null;
    this.#changed();
  }

  canSelect(start: string): boolean {
    return !this.isTaken(start) && !this.feed.isGone(start) && !this.isCurrent(start);
  }

  isTaken(start: string): boolean {
    return this.#justTaken.has(start);
  }

  /** The time from which the meeting is being moved. */
  isCurrent(start: string): boolean {
    return this.booking !== null && toMillis(this.booking.start_utc) === toMillis(start);
  }

  async setDuration(minutes: number): Promise<void> {
    if (minutes === this.durationMinutes) return;
    this.durationMinutes = minutes;
    await this.#restart();
  }

  /** Other people are another question; the choice stays if they are free then too. */
  async setParticipants(participants: readonly Person[], group: Group | null = null): Promise<void> {
    this.participants = participants;
    this.group = group;
    await this.#restart();
  }

  /** The viewer looks from another zone: days and the grid of starts are others. */
  async setZone(tzid: string): Promise<void> {
    if (tzid === this.tzid) return;
    this.tzid = tzid;
    await this.#restart();
  }

  async #restart(): Promise<void> {
    const wanted = this.selected?.start ?? null;
    const day = this.day;
    this.feed.stop();
    this.feed = this.#newFeed();
    this.trouble = null;
    this.selected = null;
    const feed = this.feed;
    await this.open();
    if (this.feed !== feed) return;
    if (day < feed.loadedTo && feed.countOf(day) > 0) this.day = day;
    const same = feed.slots.find((slot) => slot.start === wanted);
    if (same) this.select(same);
    this.#changed();
  }

  // ---- what changes meanwhile ----

  /** Somebody's calendar changed: grey what vanished, keep the choice visible. */
  async availabilityChanged(subs: readonly string[]): Promise<void> {
    const people = [this.me, ...this.everybody].map((person) => person.sub);
    if (this.phase !== "ready" || !subs.some((sub) => people.includes(sub))) return;
    await this.refresh();
  }

  /** Asks again when what is shown was heard longer ago than a minute: people come back to open windows. */
  async refreshIfOld(): Promise<void> {
    if (this.phase === "ready" && this.now() - this.feed.answeredAt > OLD_ANSWER_MS) await this.refresh();
  }

  async refresh(): Promise<void> {
    await this.#load(() => this.feed.refresh());
    this.#changed();
  }

  setOnline(online: boolean): void {
    if (this.online === online) return;
    this.online = online;
    this.#changed();
    if (online && this.trouble?.kind === "load") void this.retry();
  }

  // ---- saving ----

  /** Why Book would do nothing now; null when it may be pressed. */
  get obstacle(): "offline" | "choose" | "gone" | "saving" | "cancelled" | null {
    if (this.booking?.state === "cancelled") return "cancelled";
    if (this.phase === "saving") return "saving";
    if (!this.selected) return "choose";
    if (this.feed.isGone(this.selected.start)) return "gone";
    return this.online ? null : "offline";
  }

  /** Books or moves. Resolves to the booking, or null when it did not happen (`trouble` says why). */
  async save(details: Details): Promise<Booking | null> {
    const slot = this.selected;
    if (this.obstacle !== null || !slot) return null;
    this.phase = "saving";
    this.trouble = null;
    this.#changed();
    try {
      const booking = await this.#send(slot, details);
      if (this.phase !== "saving") return booking;
      this.phase = "booked";
      this.#changed();
      return booking;
    } catch (error) {
      if (this.phase !== "saving") return null;
      this.phase = "ready";
      await this.#failed(toApiError(error), slot);
      this.#changed();
      return null;
    }
  }

  #send(slot: Slot, details: Details): Promise<Booking> {
    const start = toUtc(slot.start);
    const note = details.note.trim();
    // A key belongs to one request: text edited after a failure makes another one.
    const joining = this.joining.map((person) => person.sub);
    const content = JSON.stringify([start, this.durationMinutes, details, this.booking?.revision, joining]);
    if (this.#sent && this.#sent !== content) this.#newKey();
    this.#sent = content;
    if (this.booking) {
      return this.api.reschedule({
        bookingId: this.booking.booking_id,
        revision: this.booking.revision,
        start,
        durationMinutes: this.durationMinutes,
        ...(note ? { message: note } : {}),
        resources: details.resources,
        idempotencyKey: this.#key,
      });
    }
    return this.api.book({
      participants: [...this.participants, ...this.joining].map((person) => person.sub),
      start,
      durationMinutes: this.durationMinutes,
      title: details.title.trim(),
      ...(note ? { note } : {}),
      conferencing: details.conferencing,
      resources: details.resources,
      idempotencyKey: this.#key,
    });
  }

  #newKey(): void {
    this.#key = newIdempotencyKey();
    this.#sent = "";
  }

  async #failed(error: ApiError, slot: Slot): Promise<void> {
    if (error.status === 409 && error.code === "slot_taken") {
      if (!this.#knowsRooms || !isAboutRooms(error)) return this.#slotTaken(error, slot);
      this.trouble = { kind: "room", error };
      return;
    }
    if (error.status === 412 && this.booking) return this.#changedMeanwhile(this.booking.booking_id, error);
    this.trouble = { kind: error.status === 403 ? "forbidden" : "save", error };
  }

  /** Taken by somebody else: mark it for five seconds, offer the nearest, choose nothing. */
  #slotTaken(error: ApiError, slot: Slot): void {
    // Free for those who were to come to this one; of a group, others may be enough then.
    const offered = this.group ? [] : slotsFrom(error.problem["alternatives"]);
    this.feed.markGone(slot.start);
    this.selected = null;
    this.trouble = { kind: "taken", slot, alternatives: this.feed.nearest(slot.start, 3, offered) };
    const timer = setTimeout(() => {
      this.#justTaken.delete(slot.start);
      this.#changed();
    }, TAKEN_MS);
    this.#justTaken.set(slot.start, timer);
    void this.feed.refresh().then(
      () => {
        if (this.trouble?.kind === "taken" && this.trouble.slot === slot) {
          this.trouble = { ...this.trouble, alternatives: this.feed.nearest(slot.start, 3, offered) };
        }
        this.#changed();
      },
      // The offers from the refusal itself stand; the next action will say what is wrong.
      () => undefined,
    );
  }

  /** Somebody changed the meeting first: show what it is now and let the person decide again. */
  async #changedMeanwhile(bookingId: string, error: ApiError): Promise<void> {
    try {
      const card = cardFromBooking(await this.api.booking(bookingId));
      this.booking = card;
      this.trouble = { kind: "changed", card };
      if (this.selected && this.isCurrent(this.selected.start)) this.selected = null;
    } catch {
      this.trouble = { kind: "save", error };
    }
  }

  // ---- what the answer says ----

  /** The most serious thing known about the people asked for. */
  get knowledge(): Knowledge {
    // Of a group, whoever is not known about counts as missing and keeps nobody from meeting.
    const group = this.group?.people ?? [];
    const asked = this.feed.participants.filter(({ sub }) => !group.some((person) => person.sub === sub));
    return knowledgeOf(asked, this.me.sub, this.now());
  }

  /** At most three times to offer first: the server's, else the first of three days. Vanished ones are left out. */
  get offers(): Suggestion[] {
    if (this.isMove) return [];
    const free = new Set(this.feed.slots.map((slot) => slot.start));
    const given = this.feed.suggestions.filter((offer) => free.has(offer.start));
    if (this.feed.suggestions.length > 0) return given.slice(0, 3);
    const days = new Map<DayKey, Slot>();
    for (const slot of this.feed.slots) {
      const day = dayKey(slot.start, this.tzid);
      if (!slot.outside_hours?.length && !days.has(day)) days.set(day, slot);
    }
    return [...days.values()].slice(0, 3).map(({ start, end }) => ({ start, end, reason: "" }));
  }

  /** Slots of the shown day, with the current time of a meeting that is being moved. */
  get daySlots(): Slot[] {
    const slots = [...this.feed.slotsOf(this.day)];
    const card = this.booking;
    if (card && card.state !== "cancelled" && dayKey(card.start_utc, this.tzid) === this.day) {
      if (!slots.some((slot) => this.isCurrent(slot.start))) {
        slots.push({ start: card.start_utc, end: card.end_utc });
        slots.sort((a, b) => toMillis(a.start) - toMillis(b.start));
      }
    }
    return slots;
  }

  // ---- inside ----

  #newFeed(): AvailabilityFeed {
    return new AvailabilityFeed(this.api, {
      ...invited(this.participants, this.group),
      tzid: this.tzid,
      durationMinutes: this.durationMinutes,
      ...(this.booking ? { excludedBooking: this.booking.booking_id } : {}),
      now: this.now,
    });
  }

  #wantedDay(): DayKey {
    if (!this.booking) return this.feed.firstDay;
    const day = dayKey(this.booking.start_utc, this.tzid);
    return day > this.feed.firstDay ? day : this.feed.firstDay;
  }

  #showFirstUsefulDay(): void {
    if (this.selected) return;
    if (this.booking && this.#wantedDay() < this.feed.loadedTo) this.day = this.#wantedDay();
    else if (this.feed.countOf(this.day) === 0) {
      const first = this.feed.slots[0];
      if (first) this.day = dayKey(first.start, this.tzid);
    }
  }

  async #load(work: () => Promise<void>): Promise<void> {
    const feed = this.feed;
    try {
      await work();
      if (this.feed === feed && (this.trouble?.kind === "load" || this.trouble?.kind === "forbidden")) this.trouble = null;
    } catch (caught) {
      if (this.feed !== feed || this.phase === "closed") return;
      const error = toApiError(caught);
      this.trouble = { kind: error.status === 403 || error.status === 404 ? "forbidden" : "load", error };
    }
  }

  #changed(): void {
    if (this.phase !== "closed") this.dispatchEvent(new Event("change"));
  }
}

function isAboutRooms(error: ApiError): boolean {
  const blocked = error.problem["blocked_by"] as { sub: string }[] | undefined;
  return Boolean(blocked?.length) && blocked!.every(({ sub }) => sub.startsWith("res_"));
}

function slotsFrom(value: unknown): Slot[] {
  if (!Array.isArray(value)) return [];
  return value.filter((slot): slot is Slot => typeof slot?.start === "string" && typeof slot?.end === "string");
}
