import { describe, expect, test, vi } from "vitest";
import { WeekFeed } from "../src/controllers/week-feed.ts";
import { hourPixels, otherClocks, shownHours, unseen, weekDays, weekOf } from "../src/controllers/week.ts";
import { overlayEnglish } from "../src/elements/week-overlay/week-overlay.strings.ts";
import { ApiError } from "../src/internal/api-client.ts";
import { type Person, shortName } from "../src/internal/people.ts";
import { connectApi, platformApi } from "../src/internal/scheduling-api.ts";
import { ApiClient } from "../src/internal/api-client.ts";
import { english } from "../src/internal/strings.ts";
import { toMillis } from "../src/internal/time.ts";
import type { Availability, BusyRange } from "../src/internal/types.ts";
import { NOW, ana, me, slot } from "./scheduling-service.ts";

const cas = { sub: "acc_cas", name: "Cas Mora", tzid: "Europe/Lisbon" };
const busy = (start: string, end: string, kind: BusyRange["kind"] = "busy"): BusyRange => ({ start, end, kind });

interface Told {
  person: Person;
  busy?: BusyRange[] | null;
  state?: "ok" | "not_shared" | "unknown";
  working_hours?: { start: string; end: string }[];
}

function answerOf(people: Told[], slots = [slot("2026-11-24T14:00:00Z"), slot("2026-11-24T14:30:00Z")]): Availability {
  return {
    slots,
    participants: people.map(({ person, state = "ok", ...told }) => ({ ...person, state, detail: "", as_of: null, ...told })),
    zones: [],
    suggestions: [],
    next_free: null,
    as_of: "2026-11-20T12:10:00Z",
  };
}

const week = weekOf("2026-11-24", 1);
const days = (answer: Availability, tzid = "Europe/London", of = week, now = NOW) =>
  weekDays(answer, of, { tzid, me: me.sub, now, shortName });
const minutes = (stretches: readonly { from: number; to: number }[]) => stretches.map(({ from, to }) => [from / 60, to / 60]);

describe("a week", () => {
  test("begins on the locale's first day", () => {
    expect([week[0], week[6]]).toEqual(["2026-11-23", "2026-11-29"]);
    expect(weekOf("2026-11-22", 7)[0]).toBe("2026-11-22");
    expect(weekOf("2026-11-24", 6)[0]).toBe("2026-11-21");
  });

  test("sorts busy time of both into the viewer's days and cuts it at midnight", () => {
    const found = days(
      answerOf([
        { person: me, busy: [busy("2026-11-24T10:00:00Z", "2026-11-24T11:00:00Z")] },
        { person: ana, busy: [busy("2026-11-24T22:00:00Z", "2026-11-25T01:00:00Z", "tentative")] },
      ]),
    );
    expect(minutes(found[1]!.mine)).toEqual([[10, 11]]);
    expect(minutes(found[1]!.theirs)).toEqual([[22, 24]]);
    expect(found[2]!.theirs).toMatchObject([{ from: 0, to: 60, people: ["Ana"], isTentative: true }]);
    expect(found[1]!.slots.map((each) => [each.from, each.step])).toEqual([[840, 30], [870, 30]]);
  });

  test("a day in another zone holds other instants", () => {
    const found = days(answerOf([{ person: me, busy: [busy("2026-11-24T02:00:00Z", "2026-11-24T04:00:00Z")] }]), "America/New_York");
    expect(minutes(found[0]!.mine)).toEqual([[21, 23]]);
    expect(found[1]!.slots[0]).toMatchObject({ from: 9 * 60, start: "2026-11-24T14:00:00Z" });
  });

  test("where several are busy their names stand together", () => {
    const found = days(
      answerOf([
        { person: me, busy: [] },
        { person: ana, busy: [busy("2026-11-24T10:00:00Z", "2026-11-24T12:00:00Z")] },
        { person: cas, busy: [busy("2026-11-24T11:00:00Z", "2026-11-24T13:00:00Z")] },
      ]),
    );
    expect(found[1]!.theirs.map((each) => [each.from / 60, each.people.join()])).toEqual([
      [10, "Ana"],
      [11, "Ana,Cas"],
      [12, "Cas"],
    ]);
  });

  test("the day on which clocks change keeps the wall's hours", () => {
    const spring = weekOf("2027-03-28", 1);
    const found = days(
      answerOf([{ person: me, busy: [busy("2027-03-28T00:30:00Z", "2027-03-28T02:00:00Z"), busy("2027-03-28T22:00:00Z", "2027-03-28T23:00:00Z")] }], []),
      "Europe/London",
      spring,
    );
    expect(minutes(found[6]!.mine)).toEqual([[0.5, 3], [23, 24]]);
    const autumn = days(
      answerOf([{ person: me, busy: [busy("2027-10-31T00:45:00Z", "2027-10-31T01:15:00Z")] }], []),
      "Europe/London",
      weekOf("2027-10-31", 1),
    );
    // 01:45 before the change to 01:15 after it: never shorter than a row, never backwards.
    expect(autumn[6]!.mine[0]!.to).toBeGreaterThan(autumn[6]!.mine[0]!.from);
  });

  test("closes what has passed and what is outside the viewer's own hours", () => {
    const hours = [{ start: "2026-11-20T09:00:00Z", end: "2026-11-20T17:00:00Z" }];
    const found = days(answerOf([{ person: me, busy: [], working_hours: hours }]), "Europe/London", weekOf("2026-11-20", 1));
    expect(minutes(found[3]!.closed)).toEqual([[0, 24]]);
    expect(minutes(found[4]!.closed)).toEqual([[0, 12 + 10 / 60], [17, 24]]);
    const unsaid = days(answerOf([{ person: me, busy: [] }]));
    expect(unsaid[1]!.closed).toEqual([]);
  });

  test("names whoever is not known instead of drawing them", () => {
    const answer = answerOf([
      { person: me, busy: [] },
      { person: ana, busy: null, state: "not_shared" },
      { person: cas, state: "unknown" },
    ], []);
    expect(unseen(answer, me.sub).map((each) => [each.person.name, each.isMe])).toEqual([["Ana Ruiz", false], ["Cas Mora", false]]);
    expect(days(answer).flatMap((day) => day.theirs)).toEqual([]);
  });
});

describe("what is drawn", () => {
  test("an hour around the times on offer, else the working hours", () => {
    const hours = [{ start: "2026-11-24T08:00:00Z", end: "2026-11-24T18:00:00Z" }];
    expect(shownHours(days(answerOf([{ person: me, busy: [], working_hours: hours }])))).toEqual({ from: 13, to: 16 });
    expect(shownHours(days(answerOf([{ person: me, busy: [], working_hours: hours }], [])))).toEqual({ from: 8, to: 18 });
    expect(shownHours(days(answerOf([{ person: me, busy: [] }], [])))).toEqual({ from: 9, to: 17 });
  });

  test("leaves at least 24 pixels for every start, and 40 where they are half an hour apart", () => {
    for (const [apart, least] of [[5, 24], [10, 24], [15, 24], [30, 40], [60, 40]] as const) {
      const first = toMillis("2026-11-24T14:00:00Z");
      const slots = [0, 1, 2].map((index) => slot(new Date(first + index * apart * 60_000).toISOString(), 60));
      const pixels = (hourPixels(days(answerOf([{ person: me, busy: [] }], slots))) * apart) / 60;
      expect(pixels, `${apart} minutes`).toBeGreaterThanOrEqual(least);
    }
  });

  test("each other clock once, none that agrees with the viewer's", () => {
    expect(otherClocks([ana, cas, { ...ana, sub: "acc_sam" }], "Europe/London", NOW).map((each) => each.sub)).toEqual(["acc_ana"]);
  });

  test("no sentence hides one of the elements' own", () => {
    expect(Object.keys(overlayEnglish).filter((key) => key in english)).toEqual([]);
  });
});

describe("loading a week", () => {
  const question = { participants: [ana.sub], tzid: "Europe/London", durationMinutes: 30 };

  test("asks for busy time from midnight to midnight and says when it has it", async () => {
    const availability = vi.fn(async () => answerOf([]));
    const states: boolean[] = [];
    const feed = new WeekFeed({ availability } as never, question, () => states.push(feed.isLoading));
    await feed.show(week);
    expect(availability).toHaveBeenCalledWith(
      expect.objectContaining({ from: "2026-11-23T00:00:00Z", to: "2026-11-30T00:00:00Z", includeBusy: true }),
    );
    expect(states).toEqual([true, false]);
  });

  test("an answer that was overtaken changes nothing", async () => {
    const waiting: ((answer: Availability) => void)[] = [];
    const api = { availability: () => new Promise<Availability>((resolve) => waiting.push(resolve)) };
    const feed = new WeekFeed(api as never, question, () => undefined);
    const first = feed.show(week);
    const second = feed.show(weekOf("2026-12-01", 1));
    waiting[1]!(answerOf([], []));
    waiting[0]!(answerOf([]));
    await Promise.all([first, second]);
    expect(feed.answer?.slots).toEqual([]);
  });

  test("a failure keeps what was shown and can be tried again", async () => {
    let fails = false;
    const api = {
      availability: async () => {
        if (fails) throw new ApiError(503, { code: "unavailable", detail: "Later." });
        return answerOf([]);
      },
    };
    const feed = new WeekFeed(api as never, question, () => undefined);
    await feed.show(week);
    fails = true;
    await feed.reload();
    expect([feed.error?.detail, feed.answer?.slots.length, feed.isLoading]).toEqual(["Later.", 2, false]);
    fails = false;
    await feed.reload();
    expect(feed.error).toBeNull();
  });

  test("both doors ask for it by the same word, and only when it is wanted", async () => {
    const asked: string[] = [];
    const client = new ApiClient({
      baseUrl: "http://convene.test",
      fetch: async (url: RequestInfo | URL) => {
        asked.push(String(url));
        return new Response("{}", { headers: { "content-type": "application/json" } });
      },
    });
    const query = { participants: [ana.sub], from: "2026-11-23T00:00:00Z", to: "2026-11-30T00:00:00Z", durationMinutes: 30 };
    for (const api of [connectApi(null, client), platformApi(me.sub, client)]) {
      await api.availability({ ...query, includeBusy: true });
      await api.availability(query);
    }
    expect(asked.map((url) => new URL(url).searchParams.get("include"))).toEqual(["busy", null, "busy", null]);
  });
});
