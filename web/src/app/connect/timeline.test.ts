/** Days, unread mark, grouping, and the part of a long list that is on the page. */
import { describe, expect, it } from "vitest";
import type { StoredMessage } from "../store.ts";
import { message } from "../test-data.ts";
import { FIRST_EXTENT, LARGEST_EXTENT, layOut, newer, newest, older } from "./timeline.ts";

const at = (seq: number, created_at: string, author_id = "acc_ana", kind: "text" | "booking_card" = "text"): StoredMessage => {
  const { card, ...rest } = message(seq, { created_at, author_id, kind });
  return { ...rest, booking_id: card?.booking_id ?? null };
};
const shape = (messages: StoredMessage[], over: object = {}): string[] =>
  layOut(messages, { tzid: "Europe/London", lastReadSeq: null, me: "acc_me", ...over }).map((item) =>
    item.kind === "day" ? item.day : item.kind === "unread" ? "unread" : `${item.isFirst ? "*" : " "}${item.message.seq}`,
  );

describe("layOut", () => {
  it("separates days by the viewer's own calendar", () => {
    const messages = [at(1, "2026-11-20T23:30:00Z"), at(2, "2026-11-21T00:10:00Z")];
    expect(shape(messages)).toEqual(["2026-11-20", "*1", "2026-11-21", "*2"]);
    expect(shape(messages, { tzid: "America/New_York" })).toEqual(["2026-11-20", "*1", "*2"]);
  });

  it("groups what one person says within five minutes", () => {
    const messages = [
      at(1, "2026-11-20T09:00:00Z"),
      at(2, "2026-11-20T09:04:00Z"),
      at(3, "2026-11-20T09:09:00Z"),
      at(4, "2026-11-20T09:09:30Z", "acc_me"),
      at(5, "2026-11-20T09:09:40Z", "acc_me", "booking_card"),
      at(6, "2026-11-20T09:09:50Z", "acc_me"),
    ];
    expect(shape(messages)).toEqual(["2026-11-20", "*1", " 2", "*3", "*4", "*5", "*6"]);
  });

  it("marks the first message of others that was not read", () => {
    const messages = [at(1, "2026-11-20T09:00:00Z"), at(2, "2026-11-20T09:01:00Z", "acc_me"), at(3, "2026-11-20T09:02:00Z")];
    expect(shape(messages, { lastReadSeq: 1 })).toEqual(["2026-11-20", "*1", "*2", "unread", "*3"]);
    expect(shape(messages, { lastReadSeq: 3 })).toEqual(["2026-11-20", "*1", "*2", "*3"]);
  });
});

describe("extent", () => {
  it("begins with the newest, grows at the old end, then moves", () => {
    let extent = newest(1000);
    expect(extent).toEqual({ start: 1000 - FIRST_EXTENT, end: 1000 });
    extent = older(older(extent));
    expect(extent).toEqual({ start: 600, end: 1000 });
    extent = older(extent);
    expect(extent).toEqual({ start: 500, end: 900 });
    expect(extent.end - extent.start).toBe(LARGEST_EXTENT);
    extent = newer(newer(extent, 1000), 1000);
    expect(extent).toEqual({ start: 600, end: 1000 });
    expect(newest(3)).toEqual({ start: 0, end: 3 });
  });
});
