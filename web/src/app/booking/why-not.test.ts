import { describe, expect, test } from "vitest";
import { ApiClient } from "../../internal/api-client.ts";
import type { Slot } from "../../internal/types.ts";
import {
  type Explanation,
  type WhyPerson,
  type WhyQuestion,
  WhyNot,
  explainInConnect,
  explainOnPlatform,
  isOwnRule,
  isWithinDay,
  likelyMissed,
} from "./why-not.ts";

const ABOUT = { participants: ["acc_ana"], durationMinutes: 30 };
const answer = (start: string): Explanation => ({ start, end: start, is_free: false, participants: [], alternatives: [] });
const slotAt = (start: string): Slot => ({ start, end: start });

/** A server whose answers come when the test says so. */
function slowly() {
  const asked: { question: WhyQuestion; answer(): void; fail(): void }[] = [];
  const explain = (question: WhyQuestion): Promise<Explanation> =>
    new Promise((resolve, reject) =>
      asked.push({ question, answer: () => resolve(answer(question.start)), fail: () => reject(new TypeError("no network")) }),
    );
  return { asked, why: new WhyNot(explain) };
}

describe("asking", () => {
  test("reads the wall time in the viewer's zone, on that date", async () => {
    const { asked, why } = slowly();
    const done = why.ask("2026-11-24", "15:00", "America/New_York", { ...ABOUT, excludedBooking: "bkg_1" });
    expect(why.isLoading).toBe(true);
    expect(asked[0]?.question).toEqual({ ...ABOUT, start: "2026-11-24T20:00:00Z", excludedBooking: "bkg_1" });
    asked[0]?.answer();
    await done;
    expect(why.isLoading).toBe(false);
    expect(why.explanation?.start).toBe("2026-11-24T20:00:00Z");
  });

  test("an earlier question cannot answer for a later one", async () => {
    const { asked, why } = slowly();
    const first = why.ask("2026-11-24", "15:00", "UTC", ABOUT);
    const second = why.ask("2026-11-24", "16:00", "UTC", ABOUT);
    asked[1]?.answer();
    asked[0]?.answer();
    await Promise.all([first, second]);
    expect(why.explanation?.start).toBe("2026-11-24T16:00:00Z");
  });

  test("what goes wrong is kept, until it is asked again or forgotten", async () => {
    const { asked, why } = slowly();
    const done = why.ask("2026-11-24", "15:00", "UTC", ABOUT);
    asked[0]?.fail();
    await done;
    expect(why.error?.detail).toBeTruthy();
    expect(why.isLoading).toBe(false);
    why.forget();
    expect(why.error).toBeNull();
  });

  test("an answer that nobody waits for any more changes nothing", async () => {
    const { asked, why } = slowly();
    const done = why.ask("2026-11-24", "15:00", "UTC", ABOUT);
    why.forget();
    asked[0]?.fail();
    await done;
    expect(why.error).toBeNull();
  });
});

describe("the two doors", () => {
  const sent: [string, unknown][] = [];
  const client = {
    post: async (path: string, body: unknown) => void sent.push([path, body]),
  } as unknown as ApiClient;
  const question = { ...ABOUT, start: "2026-11-24T15:00:00Z" };
  const signal = new AbortController().signal;

  test("Connect adds the viewer itself", async () => {
    await explainInConnect(client)(question, signal);
    expect(sent.pop()).toEqual([
      "/connect/api/availability/explain",
      { with: ["acc_ana"], start: question.start, duration_minutes: 30 },
    ]);
  });

  test("the platform is told who is flexible", async () => {
    await explainOnPlatform("acc_bo", client)({ ...question, excludedBooking: "bkg_1" }, signal);
    expect(sent.pop()).toEqual([
      "/api/availability/explain",
      {
        participants: ["acc_bo", "acc_ana"],
        flexible: ["acc_bo"],
        start: question.start,
        duration_minutes: 30,
        excluded_booking: "bkg_1",
      },
    ]);
  });
});

test("the time that is proposed is an hour ahead that is not offered", () => {
  const now = Date.parse("2026-11-24T08:00:00Z");
  expect(likelyMissed("2026-11-24", [], "UTC", now)).toBe("09:00");
  expect(likelyMissed("2026-11-24", [slotAt("2026-11-24T09:00:00Z")], "UTC", now)).toBe("10:00");
  expect(likelyMissed("2026-11-24", [], "Asia/Tokyo", now)).toBe("12:00");
  expect(likelyMissed("2026-11-24", [], "UTC", Date.parse("2026-11-24T14:30:00Z"))).toBe("15:00");
});

test("only rules of one's own are one's own to change", () => {
  const person = (sub: string, reason: string): WhyPerson => ({
    sub,
    name: "",
    state: "ok",
    is_free: false,
    reasons: [{ reason, detail: "" }],
  });
  expect(isOwnRule(person("acc_bo", "outside_hours"), "acc_bo")).toBe(true);
  expect(isOwnRule(person("acc_bo", "busy"), "acc_bo")).toBe(false);
  expect(isOwnRule(person("acc_ana", "outside_hours"), "acc_bo")).toBe(false);
});

test("an interval up to midnight lies within its day", () => {
  expect(isWithinDay("2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z", "2026-11-24", "UTC")).toBe(true);
  expect(isWithinDay("2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z", "2026-11-24", "Europe/Berlin")).toBe(false);
});
