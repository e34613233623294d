import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { shared, firstQuery } from "../src/controllers/availability-feed.ts";
import { BookingSession } from "../src/controllers/booking-session.ts";
import { ApiError } from "../src/internal/api-client.ts";
import { HOUR, dayKey, toMillis, toUtc } from "../src/internal/time.ts";
import type { Card } from "../src/internal/types.ts";
import { NOW, Service, ana, booked, details, me, slot } from "./scheduling-service.ts";

let service: Service;
let session: BookingSession;

const card = {
  booking_id: "bkg_1",
  revision: 1,
  state: "confirmed",
  title: "Launch chat",
  start_utc: "2026-11-24T14:00:00Z",
  end_utc: "2026-11-24T14:30:00Z",
  duration_min: 30,
} as Card;

function start(options: { booking?: Card } = {}): BookingSession {
  session = new BookingSession({
    api: service,
    me,
    participants: [ana],
    durationMinutes: 30,
    booking: options.booking ?? null,
    now: () => NOW,
  });
  return session;
}

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  service = new Service();
});
afterEach(() => {
  session.close();
  vi.useRealTimers();
});

const taken = (): ApiError =>
  new ApiError(409, { code: "slot_taken", detail: "Taken.", alternatives: [slot("2026-11-24T16:00:00Z")] });

describe("opening", () => {
  test("asks for 14 days from the viewer's midnight", async () => {
    session = new BookingSession({ api: service, me: { ...me, tzid: "Asia/Kolkata" }, participants: [ana], durationMinutes: 30, now: () => NOW });
    await session.open();
    expect(service.queries).toMatchObject([{ from: "2026-11-19T18:30:00Z", to: "2026-12-03T18:30:00Z", participants: ["acc_ana"] }]);
    expect(session.phase).toBe("ready");
  });

  test("shows the first day with a free time and offers the suggestions", async () => {
    await start().open();
    expect(session.day).toBe("2026-11-24");
    expect(session.offers.map((offer) => offer.start)).toEqual(["2026-11-24T14:00:00Z", "2026-11-24T14:30:00Z"]);
    expect(session.obstacle).toBe("choose");
  });

  test("a failure can be retried", async () => {
    service.failure = new ApiError(0, { code: "network", detail: "Gone." });
    await start().open();
    expect(session.trouble).toMatchObject({ kind: "load" });
    service.failure = null;
    await session.retry();
    expect(session.trouble).toBeNull();
    expect(session.feed.slots.length).toBeGreaterThan(0);
  });

  test("403 and 404 are told apart from failures", async () => {
    service.failure = new ApiError(403, { code: "forbidden", detail: "No." });
    await start().open();
    expect(session.trouble).toMatchObject({ kind: "forbidden" });
  });

  test("past times are not shown", async () => {
    service.free.push(slot("2026-11-20T12:00:00Z"));
    await start().open();
    expect(session.feed.slotsOf("2026-11-20")).toEqual([]);
  });

  test("closing while loading changes nothing later", async () => {
    const opened = start().open();
    session.close();
    await opened;
    expect(session.feed.slots).toEqual([]);
  });
});

describe("more days", () => {
  test("are loaded from where the last answer ended", async () => {
    await start().open();
    await session.ensureDay("2026-12-20");
    expect(service.queries.at(-1)).toMatchObject({ from: "2026-12-04T00:00:00Z", to: "2027-01-01T00:00:00Z" });
    expect(session.feed.countOf("2026-12-20")).toBe(4);
  });

  test("a far day takes several questions of at most 98 days", async () => {
    await start().open();
    await session.ensureDay("2027-06-01");
    const spans = service.queries.map((query) => (toMillis(query.to) - toMillis(query.from)) / (24 * HOUR));
    expect(Math.max(...spans)).toBeLessThanOrEqual(99);
    expect(session.feed.loadedTo > "2027-06-01").toBe(true);
  });

  test("an empty fortnight names the next free time", async () => {
    service.free = service.free.filter((free) => free.start > "2026-12-10");
    service.nextFree = "2026-12-20T14:00:00Z";
    await start().open();
    expect(session.feed.isEmpty).toBe(true);
    expect(session.feed.nextFree).toBe("2026-12-20T14:00:00Z");
  });
});

describe("questions in flight", () => {
  test("are shared for five seconds, and no longer", async () => {
    start();
    const query = firstQuery({ participants: [ana.sub] }, me.tzid, 30, NOW);
    await Promise.all([shared(service, query, NOW), shared(service, query, NOW + 4000)]);
    expect(service.queries).toHaveLength(1);
    await session.open();
    expect(service.queries).toHaveLength(1);
    await shared(service, query, NOW + 5001);
    expect(service.queries).toHaveLength(2);
  });

  test("a failed one is not kept", async () => {
    start();
    service.failure = new ApiError(0, { code: "network" });
    const query = firstQuery({ participants: [ana.sub] }, me.tzid, 30, NOW);
    await expect(shared(service, query, NOW)).rejects.toThrow();
    service.failure = null;
    await expect(shared(service, query, NOW + 10)).resolves.toBeDefined();
  });
});

describe("booking", () => {
  test("sends what was chosen, once, under a key", async () => {
    await start().open();
    session.select(slot("2026-11-24T14:30:00Z"));
    const [first, second] = await Promise.all([session.save(details), session.save(details)]);
    expect(first).toBe(booked);
    expect(second).toBeNull();
    expect(service.books).toMatchObject([
      { participants: ["acc_ana"], start: "2026-11-24T14:30:00Z", durationMinutes: 30, title: "Bo and Ana", note: "keep me", conferencing: true },
    ]);
    expect(session.phase).toBe("booked");
  });

  test("a retry after a lost answer keeps the key; another slot or other words get a new one", async () => {
    await start().open();
    session.select(slot("2026-11-24T14:30:00Z"));
    const lost = (): ApiError => new ApiError(0, { code: "network", detail: "Lost." });
    service.bookFailures = [lost(), lost(), lost()];
    await session.save(details);
    expect(session.trouble).toMatchObject({ kind: "save" });
    await session.save(details);
    await session.save({ ...details, note: "other" });
    session.select(slot("2026-11-24T15:00:00Z"));
    await session.save(details);
    const keys = service.books.map((request) => request.idempotencyKey);
    expect(keys[0]).toBe(keys[1]);
    expect(new Set(keys).size).toBe(3);
  });

  test("nothing is sent without a choice or while offline", async () => {
    await start().open();
    expect(await session.save(details)).toBeNull();
    session.select(slot("2026-11-24T14:30:00Z"));
    session.setOnline(false);
    expect(session.obstacle).toBe("offline");
    expect(await session.save(details)).toBeNull();
    session.setOnline(true);
    expect(session.obstacle).toBeNull();
    expect(service.books).toEqual([]);
  });

  test("a load that failed offline is retried when back online", async () => {
    service.failure = new ApiError(0, { code: "offline", detail: "Off." });
    start().setOnline(false);
    await session.open();
    service.failure = null;
    session.setOnline(true);
    await vi.waitFor(() => expect(session.trouble).toBeNull());
    expect(session.feed.slots.length).toBeGreaterThan(0);
  });
});

describe("a slot that was just taken", () => {
  beforeEach(async () => {
    await start().open();
    session.select(slot("2026-11-24T14:30:00Z"));
    service.bookFailures = [taken()];
    service.free = service.free.filter((free) => free.start !== "2026-11-24T14:30:00Z");
    await session.save(details);
    await vi.advanceTimersByTimeAsync(0);
  });

  test("chooses nothing, offers the nearest three, waits for a choice", () => {
    expect(session.phase).toBe("ready");
    expect(session.selected).toBeNull();
    expect(session.obstacle).toBe("choose");
    const trouble = session.trouble?.kind === "taken" ? session.trouble.alternatives : [];
    expect(trouble.map((free) => free.start)).toEqual(["2026-11-24T14:00:00Z", "2026-11-24T15:00:00Z", "2026-11-24T15:30:00Z"]);
  });

  test("is marked for five seconds, then as no longer free, and cannot be chosen", async () => {
    expect(session.isTaken("2026-11-24T14:30:00Z")).toBe(true);
    session.select(slot("2026-11-24T14:30:00Z"));
    expect(session.selected).toBeNull();
    await vi.advanceTimersByTimeAsync(5001);
    expect(session.isTaken("2026-11-24T14:30:00Z")).toBe(false);
    expect(session.feed.isGone("2026-11-24T14:30:00Z")).toBe(true);
  });

  test("the next choice books under a new key", async () => {
    session.select(slot("2026-11-24T15:00:00Z"));
    expect(session.trouble).toBeNull();
    await session.save(details);
    const keys = service.books.map((request) => request.idempotencyKey);
    expect(keys[0]).not.toBe(keys[1]);
    expect(session.phase).toBe("booked");
  });
});

describe("calendars that change meanwhile", () => {
  test("grey what vanished, keep the choice in sight, and stop booking it", async () => {
    await start().open();
    session.select(slot("2026-11-24T14:30:00Z"));
    service.free = service.free.filter((free) => free.start !== "2026-11-24T14:30:00Z");
    service.free.push(slot("2026-11-24T17:00:00Z"));
    await session.availabilityChanged(["acc_ana"]);
    expect(session.daySlots.map((free) => free.start.slice(11, 16))).toEqual(["14:00", "14:30", "15:00", "15:30", "17:00"]);
    expect(session.feed.isGone("2026-11-24T14:30:00Z")).toBe(true);
    expect(session.feed.countOf("2026-11-24")).toBe(4);
    expect(session.selected?.start).toBe("2026-11-24T14:30:00Z");
    expect(session.obstacle).toBe("gone");
  });

  test("are asked for again when somebody comes back after more than a minute", async () => {
    let now = NOW;
    session = new BookingSession({ api: service, me, participants: [ana], durationMinutes: 30, now: () => now });
    await session.open();
    now += 59_000;
    await session.refreshIfOld();
    expect(service.queries).toHaveLength(1);
    now += 2000;
    await session.refreshIfOld();
    expect(service.queries).toHaveLength(2);
  });

  test("of other people do not matter", async () => {
    await start().open();
    const before = service.queries.length;
    await session.availabilityChanged(["acc_someone"]);
    expect(service.queries).toHaveLength(before);
  });

  test("a slot that comes back is free again", async () => {
    await start().open();
    const all = service.free;
    service.free = all.filter((free) => free.start !== "2026-11-24T14:30:00Z");
    await session.availabilityChanged(["acc_ana"]);
    service.free = all;
    await session.availabilityChanged(["acc_ana"]);
    expect(session.feed.isGone("2026-11-24T14:30:00Z")).toBe(false);
    expect(session.daySlots).toHaveLength(4);
  });
});

describe("length and zone", () => {
  test("a new length asks again and keeps the day", async () => {
    service.free.push(slot("2026-11-25T10:00:00Z"));
    await start().open();
    session.selectDay("2026-11-25");
    await session.setDuration(60);
    expect(service.queries.at(-1)?.durationMinutes).toBe(60);
    expect(session.day).toBe("2026-11-25");
  });

  test("one more person is another question, and the choice stays if they are free then", async () => {
    await start().open();
    session.select(slot("2026-11-24T14:30:00Z"));
    await session.setParticipants([ana, { sub: "acc_cas", name: "Cas Mora", tzid: "Europe/Lisbon" }]);
    expect(service.queries.at(-1)?.participants).toEqual(["acc_ana", "acc_cas"]);
    expect(session.selected?.start).toBe("2026-11-24T14:30:00Z");
    await session.save(details);
    expect(service.books[0]?.participants).toEqual(["acc_ana", "acc_cas"]);
  });

  test("a new zone asks from its own midnight and keeps the choice", async () => {
    await start().open();
    session.select(slot("2026-11-24T14:30:00Z"));
    await session.setZone("Asia/Tokyo");
    expect(service.queries.at(-1)?.from).toBe("2026-11-19T15:00:00Z");
    expect(session.selected?.start).toBe("2026-11-24T14:30:00Z");
    expect(session.day).toBe(dayKey("2026-11-24T14:30:00Z", "Asia/Tokyo"));
  });
});

describe("what is known about people", () => {
  test.each(["not_shared", "unknown", "no_calendar"] as const)("%s", async (state) => {
    service.people = { state };
    await start().open();
    expect(session.knowledge).toMatchObject({ kind: state, person: { sub: "acc_ana" } });
  });
  test("old when last read more than an hour ago", async () => {
    service.people = { as_of: toUtc(NOW - 3 * HOUR) };
    await start().open();
    expect(session.knowledge.kind).toBe("old");
  });
});

describe("moving a meeting", () => {
  test("leaves its own time out of the busy ones, marks it, and carries the revision", async () => {
    await start({ booking: card }).open();
    expect(service.queries[0]?.excludedBooking).toBe("bkg_1");
    expect(session.day).toBe("2026-11-24");
    expect(session.isCurrent("2026-11-24T14:00:00Z")).toBe(true);
    session.select(slot("2026-11-24T14:00:00Z"));
    expect(session.selected).toBeNull();
    session.select(slot("2026-11-24T15:00:00Z"));
    await session.save({ ...details, note: "clash" });
    expect(service.moves).toMatchObject([{ bookingId: "bkg_1", revision: 1, start: "2026-11-24T15:00:00Z", message: "clash" }]);
  });

  test("shows the current time even when it is not offered", async () => {
    service.free = service.free.filter((free) => free.start !== card.start_utc);
    await start({ booking: card }).open();
    expect(session.daySlots[0]?.start).toBe("2026-11-24T14:00:00Z");
  });

  test("412: shows what it is now, and a second press carries the new revision", async () => {
    await start({ booking: card }).open();
    session.select(slot("2026-11-24T15:00:00Z"));
    service.bookFailures = [new ApiError(412, { code: "stale", detail: "Changed.", revision: 2 })];
    service.current = { start: "2026-11-25T15:00:00Z", end: "2026-11-25T15:30:00Z", changed_by_name: "Ana Ruiz" };
    expect(await session.save(details)).toBeNull();
    expect(session.trouble).toMatchObject({ kind: "changed", card: { changed_by_name: "Ana Ruiz", start_utc: "2026-11-25T15:00:00Z" } });
    expect(session.selected?.start).toBe("2026-11-24T15:00:00Z");
    await session.save(details);
    expect(service.moves.map((move) => move.revision)).toEqual([1, 2]);
    expect(service.moves[0]?.idempotencyKey).not.toBe(service.moves[1]?.idempotencyKey);
  });

  test("412 because it was cancelled: nothing more can be done", async () => {
    await start({ booking: card }).open();
    session.select(slot("2026-11-24T15:00:00Z"));
    service.bookFailures = [new ApiError(412, { code: "stale" })];
    service.current = { state: "cancelled" };
    await session.save(details);
    expect(session.obstacle).toBe("cancelled");
  });
});

describe("rooms", () => {
  const roomTaken = (): ApiError =>
    new ApiError(409, {
      code: "slot_taken",
      detail: "That room is no longer free.",
      blocked_by: [{ sub: "res_f", reason: "busy" }],
      alternatives: [{ start: "2026-11-24T14:00:00Z", end: "2026-11-24T14:30:00Z", resources: ["res_w"] }],
    });

  test("are asked for, and a taken one takes nothing else away", async () => {
    session = new BookingSession({ api: service, me, participants: [ana], durationMinutes: 30, knowsRooms: true, now: () => NOW });
    await session.open();
    session.select(session.offers[0]!);
    service.bookFailures.push(roomTaken());
    await session.save({ ...details, resources: ["res_f"] });
    expect(service.books[0]?.resources).toEqual(["res_f"]);
    expect(session.trouble).toMatchObject({ kind: "room" });
    expect(session.selected?.start).toBe("2026-11-24T14:00:00Z");
    expect(session.obstacle).toBeNull();
    session.select(session.selected!);
    expect(session.trouble).toBeNull();
    expect(await session.save({ ...details, resources: ["res_w"] })).not.toBeNull();
    expect(service.books[1]?.idempotencyKey).not.toBe(service.books[0]?.idempotencyKey);
  });

  test("are a taken time where no other can be offered", async () => {
    await start().open();
    session.select(session.offers[0]!);
    service.bookFailures.push(roomTaken());
    await session.save(details);
    expect(session.trouble?.kind).toBe("taken");
  });

  test("stay with a meeting that is moved unless others are named", async () => {
    await start({ booking: card }).open();
    session.select(session.daySlots.find((free) => !session.isCurrent(free.start))!);
    await session.save(details);
    expect(service.moves[0]?.resources).toBeUndefined();
  });
});
