import { describe, expect, it } from "vitest";
import type { AccountHealth } from "../platform.ts";
import { amounts, arrival, needsSomebody, whoToTell } from "./health-words.ts";

const NOW = Date.parse("2026-11-20T09:00:00Z");

function account(over: Partial<AccountHealth> = {}): AccountHealth {
  return {
    connection_id: "pro_1",
    account_id: "acc_1",
    name: "Ana Ruiz",
    kind: "google",
    label: "ana@globex",
    state: "ok",
    error_code: "",
    error_detail: "",
    last_synced_at: "2026-11-20T08:50:00Z",
    next_poll_at: "2026-11-20T09:05:00Z",
    push: "active",
    calendars: 1,
    events: 1204,
    waiting_writes: 0,
    oldest_waiting_at: null,
    ...over,
  };
}

describe("who needs somebody", () => {
  it.each([
    ["all is well", {}, false],
    ["refused", { state: "needs_attention", error_code: "invalid_grant" }, true],
    ["late for a moment", { state: "delayed" }, false],
    ["late for long", { state: "delayed", last_synced_at: "2026-11-20T08:00:00Z" }, true],
    ["meetings wait for a moment", { waiting_writes: 1, oldest_waiting_at: "2026-11-20T08:59:00Z" }, false],
    ["meetings wait for long", { waiting_writes: 1, oldest_waiting_at: "2026-11-20T08:00:00Z" }, true],
  ] as const)("%s: %o", (_, over, wanted) => {
    expect(needsSomebody(account(over as Partial<AccountHealth>), NOW)).toBe(wanted);
  });
});

describe("who is told", () => {
  it.each([
    ["its owner, of a refusal", { state: "needs_attention", error_code: "invalid_grant", next_poll_at: null }, "Tell Ana"],
    ["its owner, of a password", { kind: "caldav", state: "needs_attention", error_code: "unauthorized" }, "Enter the new password"],
    ["its owner, of a feed that is gone", { kind: "ics", state: "needs_attention", error_code: "feed_gone" }, "Change the address"],
    ["the administrator, of what the installation is not let", { state: "needs_attention", error_code: "invalid_client" }, "Yours to mend"],
    ["nobody, of a wait", { state: "rate_limited", error_code: "rate_limited" }, "Nobody: it goes on"],
    ["nobody yet, of an outage", { state: "delayed", error_code: "timeout" }, "Nobody yet"],
    ["nobody, when all is well", {}, ""],
  ] as const)("%s", (_, over, words) => {
    expect(whoToTell(account(over as Partial<AccountHealth>))).toContain(words);
  });
});

it("amounts are told with their unit", () => {
  expect(amounts(account(), "en-GB")).toBe("1 calendar, 1,204 events");
});

describe("how changes arrive", () => {
  it.each([
    ["pushed", {}, "changes are pushed"],
    ["pushed no more", { push: "off" }, "not pushed just now; asked every 15 minutes"],
    ["asked for, where nobody pushes", { kind: "caldav", push: "off" }, "asked every 15 minutes"],
    ["not at all", { state: "needs_attention" }, ""],
  ] as const)("%s", (_, over, words) => {
    expect(arrival(account(over as Partial<AccountHealth>))).toBe(words);
  });
});
