import { describe, expect, it } from "vitest";
import { receiptLines } from "../src/elements/booking-card/booking-card.receipts.ts";
import type { CalendarReceipt, Card, CardParticipant } from "../src/internal/types.ts";

const NOW = Date.parse("2026-11-20T09:00:00Z");

function person(name: string, calendar: Partial<CalendarReceipt>): CardParticipant {
  const receipt = { state: "written", name: "Work", detail: "", changed_at: null, service: "", next_try_at: null, ...calendar } as const;
  return { user_id: name, display_name: `${name} Ruiz`, tz: "UTC", role: "guest", rsvp: "accepted", calendar: receipt };
}

function lines(participants: CardParticipant[], over: Partial<Card> = {}): string[] {
  const card = { state: "confirmed", end_utc: "2026-11-24T15:00:00Z", participants, ...over } as Card;
  return receiptLines(card, "Bo", NOW).map(({ text }) => text);
}

describe("receipts on a card", () => {
  it("name the service where people know it, else the calendar", () => {
    const told = lines([person("Ana", { service: "google" }), person("Bo", { service: "caldav" })]);
    expect(told).toEqual(["In Ana’s Google and your Work calendar"]);
  });

  it("tell who has it, who has not, and when the next try is", () => {
    const retrying = { state: "retrying", service: "microsoft", next_try_at: "2026-11-20T09:02:00Z" } as const;
    expect(lines([person("Ana", { service: "google" }), person("Cy", retrying)])).toEqual([
      "In Ana’s Google calendar",
      "Not yet in Cy’s Outlook calendar, retrying (in 2 min)",
    ]);
  });

  it("promise no time that has passed", () => {
    const retrying = { state: "retrying", next_try_at: "2026-11-20T08:59:00Z" } as const;
    expect(lines([person("Cy", retrying)])).toEqual(["Not yet in Cy’s Work calendar, retrying"]);
  });

  it("say nothing of calendars once a meeting is over, called off, or only asked for", () => {
    expect(lines([person("Ana", {})], { end_utc: "2026-11-20T08:00:00Z" })).toEqual([]);
    expect(lines([person("Ana", {})], { state: "cancelled" })).toEqual([]);
    expect(lines([person("Ana", { state: "pending" })], { state: "requested" })).toEqual([]);
    expect(lines([person("Ana", { state: "builtin" })])).toEqual([]);
  });
});
