/** Sentences about meetings. */
import { describe, expect, it } from "vitest";
import type { BookingFacts } from "../model.ts";
import { sentence } from "./booking-facts.ts";

const facts: BookingFacts = {
  type: "booking.confirmed",
  booking_id: "bkg_1",
  title: "Launch chat",
  reason: "",
  actor_id: "acc_ana",
  actor_name: "Ana Ruiz",
  start_utc: "2026-11-24T14:30:00Z",
  end_utc: "2026-11-24T15:00:00Z",
  previous: null,
};
const say = (over: Partial<BookingFacts>, tzid = "Europe/London"): string | null => sentence({ ...facts, ...over }, tzid, "en-GB");

describe("sentence", () => {
  it("speaks in the reader's zone", () => {
    expect(say({})).toBe("Ana Ruiz booked “Launch chat” for Tue 24 Nov, 14:30–15:00");
    expect(say({}, "Asia/Kolkata")).toBe("Ana Ruiz booked “Launch chat” for Tue 24 Nov, 20:00–20:30");
  });

  it("tells before and after of a move, and the reason", () => {
    const previous = { start_utc: "2026-11-24T16:00:00Z", end_utc: "2026-11-24T16:30:00Z" };
    expect(say({ type: "booking.rescheduled", previous, reason: "train late" })).toBe(
      "Ana Ruiz moved “Launch chat” to Tue 24 Nov, 14:30–15:00 (before: 16:00): train late",
    );
    const monday = { start_utc: "2026-11-23T16:00:00Z", end_utc: "2026-11-23T16:30:00Z" };
    expect(say({ type: "booking.rescheduled", previous: monday })).toContain("(before: Mon 23 Nov, 16:00)");
  });

  it("keeps what is hidden hidden, and leaves the unknown to the server's text", () => {
    expect(say({ type: "booking.cancelled", title: "" })).toBe("Ana Ruiz cancelled the meeting on Tue 24 Nov, 14:30–15:00");
    expect(say({ type: "booking.reminder" })).toBeNull();
    expect(sentence({}, "UTC", "en")).toBeNull();
  });
});
