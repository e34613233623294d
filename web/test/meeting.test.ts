import { describe, expect, test } from "vitest";
import { isTimeToJoin, meetingStatus, nextMeetings } from "../src/internal/meeting.ts";
import { type Card, isNewer } from "../src/internal/types.ts";

const card = (change: Partial<Card> = {}): Card =>
  ({ booking_id: "bkg_1", state: "confirmed", start_utc: "2026-11-24T14:30:00Z", end_utc: "2026-11-24T15:00:00Z", ...change }) as Card;

describe("status", () => {
  test.each([
    ["2026-11-24T14:29:59Z", {}, "confirmed"],
    ["2026-11-24T14:29:59Z", { state: "rescheduled" as const }, "rescheduled"],
    ["2026-11-24T14:30:00Z", {}, "ongoing"],
    ["2026-11-24T15:00:00Z", { state: "rescheduled" as const }, "ended"],
    ["2026-11-24T15:00:00Z", { state: "cancelled" as const }, "cancelled"],
    ["2026-11-24T14:29:59Z", { state: "requested" as const }, "requested"],
    ["2026-11-24T14:40:00Z", { state: "requested" as const }, "requested"],
    ["2026-11-24T15:00:00Z", { state: "declined" as const }, "declined"],
  ])("at %s %j", (now, change, expected) => {
    expect(meetingStatus(card(change), now)).toBe(expected);
  });
});

describe("joining", () => {
  test.each([
    ["2026-11-24T14:19:59Z", false],
    ["2026-11-24T14:20:00Z", true],
    ["2026-11-24T14:59:59Z", true],
    ["2026-11-24T15:00:00Z", false],
  ])("at %s is %s", (now, expected) => {
    expect(isTimeToJoin(card(), now)).toBe(expected);
    expect(isTimeToJoin(card({ state: "cancelled" }), now)).toBe(false);
    expect(isTimeToJoin(card({ state: "requested" }), now)).toBe(false);
  });
});

test("the next three by start, without cancelled and ended ones", () => {
  const at = (id: string, hour: number, change: Partial<Card> = {}): Card =>
    card({ booking_id: id, start_utc: `2026-11-24T${hour}:00:00Z`, end_utc: `2026-11-24T${hour}:30:00Z`, ...change });
  const cards = [at("e", 18), at("d", 17), at("c", 16), at("x", 15, { state: "cancelled" }), at("b", 14), at("a", 11)];
  expect(nextMeetings(cards, "2026-11-24T14:10:00Z", 3).map((next) => next.booking_id)).toEqual(["b", "c", "d"]);
});

test("snapshots are ordered by revision, then by sync revision", () => {
  const held = { revision: 2, sync_revision: 3 };
  expect(isNewer({ revision: 2, sync_revision: 3 }, held)).toBe(false);
  expect(isNewer({ revision: 2, sync_revision: 4 }, held)).toBe(true);
  expect(isNewer({ revision: 1, sync_revision: 9 }, held)).toBe(false);
  expect(isNewer({ revision: 3, sync_revision: 0 }, held)).toBe(true);
  expect(isNewer({ revision: 0, sync_revision: 0 }, null)).toBe(true);
});
