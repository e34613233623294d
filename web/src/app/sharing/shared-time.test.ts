import { describe, expect, it, vi } from "vitest";
import { ApiClient } from "../../internal/api-client.ts";
import type { Share } from "../model.ts";
import { SharingApi, complement, freeDays, freeHours, lengthsWith, nearestTo, stateAt } from "./shared-time.ts";

const NOW = Date.parse("2026-11-23T10:00:00Z");
const BOUNDS = { from: "2026-11-23T05:00:00Z", to: "2026-11-30T05:00:00Z" };
const slot = (start: string, minutes = 30) => ({
  start,
  end: new Date(Date.parse(start) + minutes * 60_000).toISOString().replace(".000Z", "Z"),
});

const share: Share = {
  schema: 1,
  owner_id: "acc_ana",
  tzid: "America/New_York",
  start_utc: BOUNDS.from,
  end_utc: BOUNDS.to,
  duration_minutes: 30,
  any_hour: false,
  state: "live",
  as_of: "2026-11-23T09:00:00Z",
  expires_at: "2026-11-24T05:00:00Z",
};

describe("the state of a share", () => {
  it("is over from the instant at which it expires", () => {
    const expires = Date.parse(share.expires_at);
    expect(stateAt(share, expires - 1)).toBe("live");
    expect(stateAt(share, expires)).toBe("expired");
  });

  it("stays revoked whatever the clock says", () => {
    expect(stateAt({ ...share, state: "revoked" }, NOW)).toBe("revoked");
  });
});

describe("the days of a share", () => {
  const free = [
    { start: "2026-11-23T14:00:00Z", end: "2026-11-23T18:00:00Z" },
    { start: "2026-11-24T23:00:00Z", end: "2026-11-25T01:00:00Z" },
  ];
  const slots = [slot("2026-11-23T14:00:00Z"), slot("2026-11-24T23:30:00Z", 60)];

  it("begin today in the reader's zone and leave out what only the zone adds", () => {
    const days = freeDays({ free, slots }, BOUNDS, "Europe/London", NOW);
    expect(days.map(({ day }) => day)).toEqual([
      "2026-11-23",
      "2026-11-24",
      "2026-11-25",
      "2026-11-26",
      "2026-11-27",
      "2026-11-28",
      "2026-11-29",
    ]);
  });

  it("cut free time at midnight and keep each start on its own day", () => {
    const days = freeDays({ free, slots }, BOUNDS, "Europe/London", NOW);
    const minutes = days.slice(0, 3).map((day) => day.free.map(({ from, to }) => [from, to]));
    expect(minutes).toEqual([[[840, 1080]], [[1380, 1440]], [[0, 60]]]);
    expect(days.map((day) => day.slots.length)).toEqual([1, 1, 0, 0, 0, 0, 0]);
  });

  it("tell the same in another zone", () => {
    const days = freeDays({ free, slots }, BOUNDS, "Asia/Kolkata", NOW);
    expect(days[0]?.free.map(({ from, to }) => [from, to])).toEqual([[1170, 1410]]);
    expect(days[2]?.slots[0]?.from).toBe(300);
  });

  it("are none once the share is over", () => {
    expect(freeDays({ free, slots }, BOUNDS, "UTC", Date.parse(BOUNDS.to))).toEqual([]);
  });

  it("fill with what is taken whatever is not free", () => {
    const days = freeDays({ free, slots }, BOUNDS, "Europe/London", NOW);
    for (const day of days.slice(1, 6)) {
      const covered = [...day.free, ...day.taken].reduce((sum, { from, to }) => sum + to - from, 0);
      expect(covered).toBe(1440);
    }
  });

  it("are drawn from the first to the last free hour", () => {
    expect(freeHours(freeDays({ free: free.slice(0, 1), slots }, BOUNDS, "Europe/London", NOW))).toEqual({ from: 14, to: 18 });
    expect(freeHours([])).toEqual({ from: 9, to: 17 });
  });
});

describe("small things", () => {
  it("finds what lies between periods", () => {
    const from = Date.parse("2026-11-23T00:00:00Z");
    const periods = [slot("2026-11-23T00:00:00Z"), slot("2026-11-23T02:00:00Z")];
    expect(complement(periods, from, from + 3 * 3_600_000)).toEqual([
      { start: "2026-11-23T00:30:00Z", end: "2026-11-23T02:00:00Z" },
      { start: "2026-11-23T02:30:00Z", end: "2026-11-23T03:00:00Z" },
    ]);
  });

  it("offers the nearest others, in order of time", () => {
    const slots = ["09", "10", "14", "16", "17"].map((hour) => slot(`2026-11-23T${hour}:00:00Z`));
    expect(nearestTo(slots, "2026-11-23T14:00:00Z", 3).map(({ start }) => start.slice(11, 13))).toEqual(["10", "16", "17"]);
  });

  it("has the shared length among those to choose from", () => {
    expect(lengthsWith(50)).toEqual([15, 30, 45, 50, 60, 90, 120]);
    expect(lengthsWith(30)).toHaveLength(6);
  });

  it("repeats a booking under one key", async () => {
    const send = vi.fn(async (_path: string, _options?: RequestInit) => new Response("{}", { status: 201, headers: { "content-type": "application/json" } }));
    vi.stubGlobal("fetch", send);
    const meeting = { start: "2026-11-23T14:00:00Z", durationMinutes: 30, title: "Talk", note: "" };
    await new SharingApi(new ApiClient()).book("msg_1", meeting, "key-1");
    const [path, options] = send.mock.calls[0]!;
    expect(String(path)).toContain("/connect/api/availability-shares/msg_1/bookings");
    expect(new Headers(options?.headers).get("Idempotency-Key")).toBe("key-1");
    expect(JSON.parse(String(options?.body))).toEqual({ start: meeting.start, duration_minutes: 30, title: "Talk" });
    vi.unstubAllGlobals();
  });
});
