import { describe, expect, it } from "vitest";
import type { Connection } from "../platform.ts";
import {
  arrivalWords,
  consequence,
  isTargetLost,
  progressWords,
  readMark,
  reference,
  stateWords,
  troubleOf,
  unreadEvents,
  waitingWords,
} from "./connection-words.ts";

const ERROR = { code: "timeout", detail: "It did not answer.", at: "2026-11-20T09:00:00Z", attempts: 2, next_try_at: "2026-11-20T09:05:00Z" };

function connection(over: Partial<Connection> = {}): Connection {
  return {
    connection_id: "pro_1",
    kind: "caldav",
    label: "Work",
    url: "",
    username: "ana",
    access: "",
    state: "ok",
    error: null,
    synced_at: "2026-11-20T09:00:00Z",
    progress: null,
    waiting_writes: 0,
    push: "unsupported",
    created_at: "2026-11-20T09:00:00Z",
    calendars: [calendar()],
    ...over,
  };
}

function calendar(over: Partial<Connection["calendars"][number]> = {}): Connection["calendars"][number] {
  const fixed = { calendar_id: "cal_1", name: "Team", color: "", tzid: "UTC", synced_at: null, notices: [] };
  return { ...fixed, is_writable: true, is_checked: true, is_target: true, ...over };
}

const failing = (state: Connection["state"], code: string, next = ERROR.next_try_at as string | null): Partial<Connection> => ({
  state,
  error: { ...ERROR, code, next_try_at: next },
});

describe("the state of a connection", () => {
  it.each([
    ["ok", {}, "Connected"],
    ["partly read", { calendars: [calendar({ notices: [{ code: "too_large", detail: "Too large.", event: "Fair" }] })] }, "Partly read"],
    ["first reading", { state: "connecting", progress: { calendars: 3, calendars_read: 1, events_read: 40 } }, "Reading for the first time"],
    ["reconnected", { state: "connecting", progress: { calendars: 3, calendars_read: 3, events_read: 40 } }, "Catching up"],
    ["late", failing("delayed", "timeout"), "Delayed"],
    ["waiting", failing("rate_limited", "rate_limited"), "Asked to wait"],
    ["refused", failing("needs_attention", "unauthorized", null), "Needs attention"],
  ] as const)("has words: %s", (_, over, label) => {
    expect(stateWords(connection(over as Partial<Connection>)).label).toBe(label);
  });

  it("does not take our own meetings for events that could not be read", () => {
    const moved = { code: "booking_moved_there", detail: "Moved.", event: "Chat" };
    expect(unreadEvents(connection({ calendars: [calendar({ notices: [moved] })] }))).toEqual([]);
  });

  it("counts an event once, whatever is said of it", () => {
    const notices = [
      { code: "bad_start", detail: "It has no start.", event: "Fair" },
      { code: "bad_end", detail: "it has no end", event: "Fair" },
    ];
    const found = unreadEvents(connection({ calendars: [calendar({ notices })] }));
    expect(found).toEqual([{ calendar: "Team", event: "Fair", detail: "It has no start. It has no end." }]);
  });

  it("leaves out calendars that do not count", () => {
    const notices = [{ code: "too_large", detail: "Too large.", event: "Fair" }];
    expect(unreadEvents(connection({ calendars: [calendar({ notices, is_checked: false, is_target: false })] }))).toEqual([]);
  });
});

describe("the first reading", () => {
  it("tells how far it is", () => {
    const progress = { calendars: 3, calendars_read: 1, events_read: 12345 };
    expect(progressWords(connection({ progress }), "en-GB")).toBe("1 of 3 calendars read, 12,345 events so far.");
  });

  it("counts no calendars where there is one", () => {
    const progress = { calendars: 1, calendars_read: 0, events_read: 1 };
    expect(progressWords(connection({ progress }), "en-GB")).toBe("Reading your calendar: 1 event so far.");
  });
});

describe("how changes arrive", () => {
  it.each([
    ["at once", { push: "active" }, "changes arrive at once"],
    ["by asking", {}, "checked every 15 minutes"],
    ["not at all while it is refused", failing("needs_attention", "unauthorized", null), ""],
    ["not at all where it is only written", { policy: { direction: "out" } }, ""],
  ] as const)("%s", (_, over, words) => {
    expect(arrivalWords(connection(over as Partial<Connection>))).toBe(words);
  });
});

describe("trouble", () => {
  it.each([
    ["unauthorized", null, "caldav", "reconnect"],
    ["invalid_grant", null, "google", "reconnect"],
    ["missing_scope", null, "google", "allow"],
    ["feed_gone", null, "ics", "address"],
    ["unauthorized", null, "ics", "address"],
    ["calendar_gone", ERROR.next_try_at, "caldav", "retry"],
    ["something_new", null, "caldav", "reconnect"],
    ["something_new", ERROR.next_try_at, "caldav", "retry"],
  ] as const)("%s (next try %s) at %s is helped by: %s", (code, next, kind, remedy) => {
    expect(troubleOf(connection({ kind, ...failing("needs_attention", code, next) }))?.remedy).toBe(remedy);
  });

  it("is no wrong password where people sign in at the service", () => {
    const told = troubleOf(connection({ kind: "microsoft", ...failing("needs_attention", "unauthorized", null) }));
    expect(told).toMatchObject({ heading: "Access was withdrawn, or has run out.", action: "Reconnect" });
  });

  it("passes by itself where a service asks to wait", () => {
    const told = troubleOf(connection({ kind: "google", ...failing("rate_limited", "rate_limited") }));
    expect(told).toMatchObject({ heading: "Google asks us to wait.", remedy: "wait", action: "" });
  });

  it("is none while all is well, and none of the past", () => {
    expect(troubleOf(connection())).toBeNull();
    expect(troubleOf(connection({ state: "connecting" }))).toBeNull();
  });

  it("says that meetings are safe, and how many wait", () => {
    expect(consequence(connection(failing("needs_attention", "unauthorized", null)))).toContain("wait here");
    expect(consequence(connection({ ...failing("needs_attention", "unauthorized", null), waiting_writes: 2 }))).toContain("2 meetings");
    expect(waitingWords(0)).toBe("");
  });

  it("has a reference to pass on", () => {
    expect(reference(connection(failing("delayed", "timeout")))).toBe("pro_1 timeout 2026-11-20T09:00:00Z");
  });
});

it("a calendar that has become read-only cannot be the target", () => {
  expect(isTargetLost(connection({ calendars: [calendar({ is_writable: false })] }))).toBe(true);
  expect(isTargetLost(connection())).toBe(false);
});

describe("the mark of a reading", () => {
  it.each([
    ["a later reading", { synced_at: "2026-11-20T09:01:00Z" }],
    ["another failed try", failing("delayed", "timeout")],
  ])("changes with %s", (_, over) => {
    expect(readMark(connection(over as Partial<Connection>))).not.toBe(readMark(connection()));
  });
});
